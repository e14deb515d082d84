"""Readers fed with broken input, for minutes or hours: `make fuzz`. No test of `make test` stands here."""
