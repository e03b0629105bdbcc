"""Everything that uses locksim: worlds for pacts, served worlds for other programs, the simulators' documents."""
