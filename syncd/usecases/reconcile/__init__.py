"""Bring the file and the rows of a date into agreement: read both, decide, apply."""
