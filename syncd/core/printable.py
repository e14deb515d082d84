"""Text of other people made safe to print on a terminal or in a message."""

from __future__ import annotations


def printable(text: str) -> str:
    """One line that no file name or foreign text can use to steer a terminal: other blanks become one, controls are spelt."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in " ".join(text.split()))
