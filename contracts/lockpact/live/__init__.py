"""Judge servers and running programs: conform, fuzz, watch, and what a live run may send."""
