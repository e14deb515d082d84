"""Find the line of a configuration file that an error is about."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADER = re.compile(r"\s*\[+\s*([^\[\]]+?)\s*\]+\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([\w.\"'-]+)\s*=")


def add_line(error: ConfigError) -> ConfigError:
    """Return the error with `FILE, line N` as its origin, when it is about a key of a readable file."""
    line = _line(error.origin, error.key) if error.origin and error.key else None
    if line is None:
        return error
    return ConfigError(error.detail, key=error.key, origin=f"{error.origin}, line {line}")


def sort_by_line(mistakes: Iterable[ConfigError]) -> list[ConfigError]:
    """Return the errors with their lines, in the order of the file. Those of variables and flags come first."""
    placed = [(_line(each.origin or "", each.key or "") or 0, add_line(each)) for each in mistakes]
    return [each for _, each in sorted(placed, key=lambda pair: pair[0])]


def _line(origin: str, key: str) -> int | None:
    try:
        return line_of(Path(origin).read_text(encoding="utf-8"), key)
    except (OSError, ValueError):
        return None


def line_of(text: str, key: str) -> int | None:
    """Return the line (from 1) of `key` (dotted) or of the section of that name. None when the text has neither."""
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            section = _bare(header[1])
            if section == key:
                return number
        elif (found := _KEY.match(line)) and ".".join(filter(None, (section, _bare(found[1])))) == key:
            return number
    return None


def _bare(name: str) -> str:
    return name.replace('"', "").replace("'", "").replace(" ", "")
