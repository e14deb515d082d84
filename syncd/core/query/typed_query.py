"""What a person typed, read as the condition of a search. Every text can be read, none is an error.

    text ─► tokens ─► alternatives (OR) of sequences (all of them) of terms (NOT, parentheses, fields) ─► Condition

| typed | means |
|---|---|
| `depth maps` | both words, in any form, anywhere in title or abstract |
| `"depth maps"`, `depth-maps` | the words one after the other |
| `segment*` | words that begin so |
| `nerf OR splatting`, `nerf | splatting` | one of the two; OR binds less than the blank |
| `NOT medical`, `-medical` | without it |
| `( … )` | a part of the query that stands together |
| `title:` `abstract:` `author:` `category:` `id:` | where the term after it must be; also `ti: abs: au: cat: arxiv:` |
| `section:new` `section:cross` | the section of the listing |
| `since:2021` `until:2021-06` | listing dates: a year, a month or a day |

What does not fit this (a field that does not exist, an operator without its terms, a lone quote) is read as plain words.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from syncd.core.categories import to_canonical_category
from syncd.core.query.conditions import (
    AuthorName,
    CategoryCode,
    IdPattern,
    MailingDates,
    Part,
    Phrase,
    SectionName,
    join_all,
    join_any,
    negate,
)
from syncd.core.query.word_forms import split_words
from syncd.core.typed_id import parse_typed_id
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from syncd.core.query.conditions import Condition

_LONGEST = 2_000  # characters: more than any abstract, so that a whole one can be pasted
_LONGEST_WORD = 100
_DEEPEST = 16
_MOST_OF_PAPER = 32  # terms that ask for another table each

_TOKEN = re.compile(
    r"""
    (?P<open> \( ) | (?P<close> \) ) | (?P<or> \|+ )
    | (?P<not> -+ (?= [^\s-] ) )
    | (?P<field> (?:title|ti|abstract|abs|author|au|category|cat|id|arxiv|section|since|until) : \s* (?= [^\s:)|] ) )
    | " (?P<phrase> [^"]* ) "? (?P<star> \*? )
    | (?P<word> [^\s"()|]+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SHORT = {
    "ti": "title",
    "abs": "abstract",
    "au": "author",
    "cat": "category",
    "arxiv": "id",
}  # those of arXiv's own search
_SECTIONS = frozenset({"new", "cross"})
_OPERATORS = {"AND": "and", "OR": "or", "NOT": "not"}
_MARK = "arxiv:"
_CATEGORY = re.compile(r"([a-z-]+)(?:\.([a-z-]*))?", re.IGNORECASE | re.ASCII)
_ID_BEGINNING = re.compile(r"\d[\d.]*|[a-z-]+(?:\.[a-z]{2})?/\d*", re.IGNORECASE | re.ASCII)
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_UNQUOTED = re.compile(r"""(-?(?:[a-z]+:)?)([^\s"():|][^"():|]*\s[^"():|]*)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of what was typed: `kind` is the name of its group in `_TOKEN`, or `and`."""

    kind: str
    text: str
    prefix: bool = False


def parse_query(typed: str) -> Condition | None:
    """Return the condition that a person typed. None when there is no word in it.

    Only the first 2,000 characters count, and 32 terms about authors, categories, ids and dates.
    """
    return _Reader(_split(typed[:_LONGEST])).read_alternatives(None, 0)


def join_arguments(arguments: Sequence[str]) -> str:
    """Return the arguments of a command line as one query. Among several, one with blanks is the phrase that a shell unquoted."""
    if len(arguments) < 2:
        return " ".join(arguments)
    return " ".join(_quote(argument) for argument in arguments)


def _quote(argument: str) -> str:
    found = _UNQUOTED.fullmatch(argument)
    if found is None or not _OPERATORS.keys().isdisjoint(found[2].split()):
        return argument
    return f'{found[1]}"{found[2]}"'


def _split(typed: str) -> list[_Token]:
    tokens: list[_Token] = []
    for found in _TOKEN.finditer(typed):
        kind, text = found.lastgroup or "", found[0]
        if found["phrase"] is not None:
            kind, text = "phrase", f"{found['phrase']}{found['star']}"
        tokens.append(_Token(_OPERATORS.get(text, kind) if kind == "word" else kind, text, text.endswith("*")))
    return tokens


class _Reader:
    """Reads tokens from left to right. What cannot stand where it stands is read as words."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at, self._of_paper = tokens, 0, 0

    def read_alternatives(self, field: str | None, depth: int) -> Condition | None:
        """Read up to the end, or to the parenthesis that closes this part. `field` says where its terms must be."""
        alternatives: list[Condition] = []
        while True:
            if (found := self._read_sequence(field, depth)) is not None:
                alternatives.append(found)
            if not self._is_at("or"):
                return join_any(alternatives) if alternatives else None
            self._at += 1

    def _read_sequence(self, field: str | None, depth: int) -> Condition | None:
        parts: list[Condition] = []
        while self._at < len(self._tokens) and not (depth and self._is_at("close")):
            if parts and self._is_at("or") and self._has_term(1):
                break
            if parts and self._is_at("and") and self._has_term(1):
                self._at += 1
            if (found := self._read_term(field, depth)) is not None:
                parts.append(found)
        return join_all(parts) if parts else None

    def _read_term(self, field: str | None, depth: int) -> Condition | None:
        excluded = False
        token = self._take()
        while token.kind in {"not", "field"} and self._has_term(0):
            if token.kind == "not":
                excluded = not excluded
            else:
                field = token.text.split(":")[0].lower()
            token = self._take()
        if token.kind == "open" and depth < _DEEPEST:
            found = self.read_alternatives(field, depth + 1)
            self._at += self._is_at("close")
        else:
            found = self._read_words(token, field)
        return negate(found) if excluded and found is not None else found

    def _read_words(self, token: _Token, field: str | None) -> Condition | None:
        text = token.text.rstrip("*") if token.prefix else token.text
        found = _read_value(text, token, field) if self._of_paper < _MOST_OF_PAPER else None
        self._of_paper += not isinstance(found, Phrase | None)
        # A field with a value that it cannot have is words.
        return found or _read_phrase(text if field is None else f"{field} {text}", prefix=token.prefix)

    def _take(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _is_at(self, kind: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].kind == kind

    def _has_term(self, after: int) -> bool:
        """Return whether something that an operator can stand before follows the next `after` tokens."""
        at = self._at + after
        return at < len(self._tokens) and self._tokens[at].kind not in {"or", "and", "close"}


def _read_value(text: str, token: _Token, field: str | None) -> Condition | None:
    if field is not None:
        return _READERS[field](text, prefix=token.prefix)
    return _read_whole_id(text) if token.kind == "word" else None


def _list_words(text: str) -> tuple[str, ...]:
    return tuple(word[:_LONGEST_WORD] for word in split_words(text))


def _read_phrase(text: str, *, prefix: bool, part: Part | None = None) -> Phrase | None:
    words = _list_words(text)
    return Phrase(words, prefix, part) if words else None


def _read_author(text: str, *, prefix: bool) -> AuthorName | None:
    words = _list_words(text)
    return AuthorName(words, prefix) if words else None


def _read_category(text: str, *, prefix: bool) -> CategoryCode | None:
    found = _CATEGORY.fullmatch(text)
    if found is None:
        return None
    # Only subjects of two letters have an alias, and they are in capitals.
    code = text.lower() if found[2] is None else f"{found[1].lower()}.{found[2].upper()}"
    return CategoryCode(to_canonical_category(code).lower(), prefix)


def _read_whole_id(text: str) -> IdPattern | None:
    try:
        return IdPattern(parse_typed_id(text)[0])
    except ValueError:
        return None


def _read_id(text: str, *, prefix: bool) -> IdPattern | None:
    # A part of an id is taken as its beginning.
    text = text[len(_MARK) :] if text.lower().startswith(_MARK) else text
    whole = None if prefix else _read_whole_id(text)
    return whole or (IdPattern(text, prefix=True) if _ID_BEGINNING.fullmatch(text) else None)


def _read_section(text: str, *, prefix: bool) -> SectionName | None:
    return SectionName(text.lower()) if not prefix and text.lower() in _SECTIONS else None


def _read_since(text: str, *, prefix: bool) -> MailingDates | None:
    found = None if prefix else _read_dates(text)
    return MailingDates(since=found[0]) if found else None


def _read_until(text: str, *, prefix: bool) -> MailingDates | None:
    found = None if prefix else _read_dates(text)
    return MailingDates(until=found[1]) if found else None


def _read_dates(text: str) -> tuple[date, date] | None:
    """Return the first and the last day of a year, a month or a day. None for any other text."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return first, first
    return first, date(first.year, month or 12, monthrange(first.year, month or 12)[1])


_READERS: dict[str, Callable[..., Condition | None]] = {
    "title": partial(_read_phrase, part=Part.TITLE),
    "abstract": partial(_read_phrase, part=Part.ABSTRACT),
    "author": _read_author,
    "category": _read_category,
    "id": _read_id,
    "section": _read_section,
    "since": _read_since,
    "until": _read_until,
}
_READERS |= {short: _READERS[full] for short, full in _SHORT.items()}
