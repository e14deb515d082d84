"""The kind of value that names digest files: a strftime template of the listing date, one path for each date.

It must not format or find files: it only decides which templates an archive can use.
"""

from __future__ import annotations

import re

from syncd.config.kinds import Kind, quoted, read_string

_DIRECTIVES = frozenset("YymdjGVu%")
# Each of these sets of directives gives every date its own name.
_ENOUGH = (frozenset("Ymd"), frozenset("ymd"), frozenset("Yj"), frozenset("yj"), frozenset("GVu"))
# A file name may have 255 bytes. The rest is for the ending of the temporary file.
_LONGEST = 200


def _read(raw: object) -> str:
    text = read_string(raw)
    used = frozenset(re.findall("%(.?)", text))
    if refused := sorted(used - _DIRECTIVES):
        raise ValueError(
            f"%{refused[0]} depends on the locale or the system, or on no date. Use %Y %m %d, %j, or %G %V %u"
        )
    if not any(enough <= used for enough in _ENOUGH):
        raise ValueError("must give each date its own name. Use %Y %m %d, %Y %j, or %G %V %u")
    _check_path(text)
    return text


def _check_path(text: str) -> None:
    if text.startswith("/"):
        raise ValueError("must be relative to archive.root")
    for part in text.split("/"):
        if part in {"", ".", ".."}:
            raise ValueError("must stay below archive.root, and each part must be a plain name")
        if part.startswith("."):
            raise ValueError("must not be hidden: names that begin with a dot are reserved for syncd")
        if len(part.encode()) > _LONGEST:
            raise ValueError(f"has a part longer than {_LONGEST} bytes")


FILENAME = Kind(_read, quoted)
