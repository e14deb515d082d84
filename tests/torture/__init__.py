"""Faults at the level of system calls, in real processes: `make torture`. No test of `make test` stands here."""
