"""The daemon through a thousand simulated days, with faults at random: `make soak`. No test of `make test` stands here."""
