"""A number and its noun, in words that agree."""

from __future__ import annotations


def pluralize(number: int, noun: str) -> str:
    """Return number and noun: `1 paper`, `2,310 papers`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
