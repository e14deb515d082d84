"""Bring mailings in: ask a listing page, validate it, confirm it with a second source, keep what was received, write it."""
