"""Foreign text made safe to print on a terminal or in a message."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Return the text as one line that cannot control a terminal.

    Runs of white space become one space. Characters that cannot be printed become escapes such as `\u001b`.
    """
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in " ".join(text.split()))
