"""The conditions that a query puts on an entry and its paper, as frozen values. They have no behaviour.

Condition = And | Or | Not | Phrase | AuthorName | CategoryCode | IdPattern | SectionName | MailingDates
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from syncd.core.values import dataclass


class Part(StrEnum):
    """A part of the text that was announced."""

    TITLE = "title"
    ABSTRACT = "abstract"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Folded words, in any form, that follow each other in the title or the abstract, or in the part given.

    With `prefix` the last may be the beginning of a word. There is at least one word.
    """

    words: tuple[str, ...]
    prefix: bool = False
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class AuthorName:
    """Folded words that the name of one author has, in any order. With `prefix` the last may be the beginning of a word."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class CategoryCode:
    """A category of the paper in lower case (`cs.lg`), an archive with all its categories (`cs`) or a beginning."""

    code: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class IdPattern:
    """An id or, with `prefix`, the beginning of ids."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class SectionName:
    """The section of the listing that has the paper: `new` or `cross`. An entry whose section is not known has neither."""

    name: str


@dataclass(frozen=True, slots=True)
class MailingDates:
    """Listing dates, inclusive."""

    since: date = date.min
    until: date = date.max


@dataclass(frozen=True, slots=True)
class And:
    """All of these, at least two. None of them is an And."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of these, at least two. None of them is an Or."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everything else. What it excludes is not a Not."""

    part: Condition


Condition = And | Or | Not | Phrase | AuthorName | CategoryCode | IdPattern | SectionName | MailingDates

EVERYTHING = MailingDates()
"""The condition that every entry meets."""


def join_all(parts: list[Condition]) -> Condition:
    """Return the condition that all parts together make, each once, without an And in an And. There is at least one."""
    flat = list(dict.fromkeys(inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,))))
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def join_any(parts: list[Condition]) -> Condition:
    """Return the condition that one of the parts makes, each once, without an Or in an Or. There is at least one."""
    flat = list(dict.fromkeys(inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,))))
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def negate(part: Condition) -> Condition:
    """Return the condition that everything else meets."""
    return part.part if isinstance(part, Not) else Not(part)
