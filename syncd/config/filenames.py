"""The kind of value that names digest files: a strftime template of the listing date, one path for each date.

It must not format or find files; it only says which templates an archive can live with.
"""

from __future__ import annotations

import re

from syncd.config.kinds import Kind, a_string, quoted

_DIRECTIVES = frozenset("YymdjGVu%")
_ENOUGH = (frozenset("Ymd"), frozenset("ymd"), frozenset("Yj"), frozenset("yj"), frozenset("GVu"))
_LONGEST = 200
"""A file name may have 255 bytes; the rest is for the temporary file's ending."""


def _read(raw: object) -> str:
    text = a_string(raw)
    used = frozenset(re.findall("%(.?)", text))
    if strange := sorted(used - _DIRECTIVES):
        raise ValueError(f"%{strange[0]} depends on the locale, the system or no date; use %Y %m %d, %j, or %G %V %u")
    if not any(enough <= used for enough in _ENOUGH):
        raise ValueError("must give each date a name of its own: %Y %m %d, %Y %j, or %G %V %u")
    _check_path(text)
    return text


def _check_path(text: str) -> None:
    if text.startswith("/"):
        raise ValueError("must be relative to archive.root")
    for part in text.split("/"):
        if part in {"", ".", ".."}:
            raise ValueError("must stay below archive.root, each part a plain name")
        if part.startswith("."):
            raise ValueError("must not be hidden: names with a leading dot are syncd's own")
        if len(part.encode()) > _LONGEST:
            raise ValueError(f"has a part longer than {_LONGEST} bytes")


FILENAME = Kind(_read, quoted)
