"""One deterministic world: its turns, time, state, faults, deliveries and journal. No IO, and no vendor's name."""
