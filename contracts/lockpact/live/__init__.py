"""Judge servers and running programs: conform, fuzz, watch, and the limits of what a live run may send."""
