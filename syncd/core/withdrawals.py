"""Withdrawals as their authors write them: arXiv's pages and its API mark none, so the words are the only sign.

The words alone prove nothing. A withdrawal is always a newer version as well.
"""

from __future__ import annotations

import re

_PAPER = r"(?:this|the) (?:paper|article|submission|manuscript|work)"
# A paper may be withdrawn from a conference and stay at arXiv.
_WITHDRAWN = re.compile(
    rf"""(?:arxiv\ admin\ note:\ )?(?:
    (?:(?:(?:this|the)\ )?(?:paper|article|submission|manuscript|work)\ (?:(?:has\ been|is|was)\ )?)?withdrawn\b
    |(?:i|we|(?:the\ )?authors?)\ (?:have\ |has\ )?with(?:draw|drew|drawn)\ {_PAPER.replace(" ", chr(92) + " ")}\b
    )(?!\ from\ (?!arxiv\b))""",
    re.IGNORECASE | re.VERBOSE,
)


def says_withdrawn(*texts: str | None) -> bool:
    """Return whether one of these texts begins by saying that its paper was withdrawn from arXiv."""
    return any(_WITHDRAWN.match(" ".join(text.split())) for text in texts if text)
