"""The section of saved searches: its keys are names that a person chose, and its values are queries.

Every other section has the keys of `syncd.config.sections`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syncd.config.kinds import Kind, quoted, read_string
from syncd.config.sections import KEYS, Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PREFIX = "searches."
LONGEST = 2_000
"""Characters of a query. More would not be read."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)


def find_key(name: str) -> Key | None:
    """Return the key of a dotted name, also of one that names a saved search. None where there is none."""
    is_search = name.startswith(PREFIX)
    return Key(name, SEARCH, "", "A saved search.", secret=False) if is_search else KEYS.get(name)


def list_searches(names: Iterable[str]) -> Iterator[Key]:
    """Yield the keys that name saved searches, once each, in the order of the names."""
    for name in dict.fromkeys(names):
        if name.startswith(PREFIX) and (key := find_key(name)) is not None:
            yield key


def check_name(name: str) -> None:
    """Raise ValueError where this cannot be the name of a saved search, which is a part of addresses and of variables."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            "the name of a search has at most 40 lower-case letters, digits, - and _, and begins with a letter or digit"
        )


def _read_query(raw: object) -> str:
    """Return a query as it was written. What a search of one moment reads as plain words is a mistake in one that is kept."""
    # Most configurations have no saved search, and every command reads one.
    from syncd.core.query import parse_query

    text = read_string(raw).strip()
    if len(text) > LONGEST:
        raise ValueError(f"must be a query of at most {LONGEST:,} characters, not {len(text):,}")
    if parse_query(text) is None:
        raise ValueError("must be a query, and there is no word to search for in it")
    if text.count('"') % 2:
        raise ValueError('must be a query, and a quotation mark " in it is not closed')
    if not _are_balanced(re.sub('"[^"]*"', "", text)):
        raise ValueError("must be a query, and a parenthesis in it has no partner")
    return text


def _are_balanced(text: str) -> bool:
    depth = 0
    for each in text:
        depth += (each == "(") - (each == ")")
        if depth < 0:
            return False
    return not depth


SEARCH = Kind(_read_query, quoted)
