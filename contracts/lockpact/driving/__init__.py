"""Drive a client through a pact: the state machine, shrinking and virtual time. Independent of the simulators."""
