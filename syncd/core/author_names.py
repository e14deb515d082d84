"""The names in the one text that arXiv prints for all authors of a paper, such as `A. B, C. D and E`.

Names stay as given, in Unicode. Affiliations in parentheses and `et al.` are dropped. A colon separates a collaboration
from its members, `for the X Collaboration` names an author of its own, and `Jr.` belongs to the name before it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from syncd.core.markup import plain_from_raw
from syncd.core.model import Author

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_AUTHORS = 10_000
"""Names kept of one paper. The longest real list has about half as many."""
MAX_NAME = 300
"""Characters kept of one name."""
MAX_TEXT = 1_000_000
"""Characters read of a text that names authors."""

_AND = re.compile(r"(?:\s*,)?\s+(?:and|\\?&)\s+|,(?:and|\\?&)\s+")
_PARENTHESIS = re.compile(r"([()])")
_NICKNAME = re.compile(r"\(([^\W\d_]+)\)(?= (?!and )[^\W\d_])")
_FIRST_WORD = re.compile(r"(?:^|[,:)]|\band)\s*[^\s,:()]+ $")
# A plain text has no control characters, so these can stand for the parentheses of a nickname.
_OPEN, _CLOSE = "\x01", "\x02"
_UNSHIELD = str.maketrans({_OPEN: "(", _CLOSE: ")"})
_SUFFIX = re.compile(r"(?:[JS]r\.?|I{2,3}|IV)")
_NAME_AND_SUFFIX = re.compile(r"(?P<name>.*\S)\s+(?:[JS]r\.?|I{2,3}|IV)")
_ET_AL = re.compile(r"(?:^|\s+)et\.?\s+al\.?$", re.IGNORECASE)
_MAY_BE_ET_AL = re.compile(r"et\.?\s+al")
_COMMON_NAME = re.compile(r"[^\W\d_](?:[\w.'’-]| (?! )){0,99}(?<! )")
_ON_BEHALF = re.compile(
    r"(?:for|on behalf of) the (?P<alone>.+)"
    r"|(?P<person>.+?) (?:for|on behalf of) (?:the )?(?P<body>.*\b(?:[Cc]ollaborations?|[Cc]onsortium|[Gg]roup|[Tt]eam)\b.*)"
)

# Many people write several papers. One value for each of them also saves memory, and TeX is slow to convert.
make_author = lru_cache(maxsize=1 << 15)(Author)
"""Return the author with this name, forenames and key name: the same value as before for the same person."""
_convert = lru_cache(maxsize=1 << 12)(plain_from_raw)


def split_authors(text: str) -> tuple[Author, ...] | None:
    """Return the authors that a text names, raw or plain, in its order. None when there is no name in it."""
    if "\\" in text:
        text = ",".join([_convert(part) if "\\" in part else part for part in text.split(",")])
    text = plain_from_raw(text, MAX_TEXT)
    names: Iterable[str]
    if _may_be_special(text):
        names = _split_special(text)
    else:
        # Most texts have no more than commas and `and`, whose names need not be looked at one by one.
        names = (_AND.sub(",", text) if "and" in text or "&" in text else text).split(",")
    names = filter(None, map(str.strip, names))
    if len(text) > MAX_NAME:
        names = map(_cut, islice(names, MAX_AUTHORS))
    return (
        tuple([make_author(name, None, None) for name in names if name and (name[0].isalpha() or _has_letter(name))])
        or None
    )


def is_common_name(name: str) -> bool:
    """Return whether a plain text without comma means the same alone and between other names. True for most names."""
    return _COMMON_NAME.fullmatch(name) is not None and " and " not in f" {name} " and _SUFFIX.fullmatch(name) is None


def add_key_names(authors: Sequence[Author], keys: Iterable[str]) -> tuple[Author, ...]:
    """Return the authors with the key names that a source states, one for each of them, in the same order.

    A key name that does not end the author's name is left out. A suffix may follow it.
    """
    return tuple(_add_key_name(author, key) for author, key in zip(authors, keys, strict=True))


def _may_be_special(text: str) -> bool:
    """Return whether there may be more than names, commas and `and`. Most texts have no more, and then this is quick."""
    return (
        "(" in text
        or "II" in text
        or "IV" in text
        or "Jr" in text
        or "Sr" in text
        or ":" in text
        or ")" in text
        or ("et" in (lower := text.lower()) and _MAY_BE_ET_AL.search(lower) is not None)
        or "for " in text
        or "behalf" in text
    )


def _split_special(text: str) -> Iterator[str]:
    if "(" in text or ")" in text:
        text = _drop_parentheses(text)
    parts = map(str.strip, _AND.sub(",", text).replace(":", ",").split(","))
    names = (name for part in parts for name in _split_body(_ET_AL.sub("", part)))
    return _join_suffixes(filter(None, names))


def _drop_parentheses(text: str) -> str:
    """Return the text with a comma for each parenthesis. A nickname inside a name stays: `Wei (Vivian) Wang`."""
    kept, depth = [], 0
    for piece in _PARENTHESIS.split(_NICKNAME.sub(_shield_nickname, text)):
        if piece == "(":
            kept += [","] if depth == 0 else []
            depth += 1
        elif piece == ")":
            depth = max(depth - 1, 0)
        elif depth == 0:
            kept.append(piece)
    return "".join(kept).translate(_UNSHIELD)


def _shield_nickname(found: re.Match[str]) -> str:
    """Return the match with other signs for its parentheses, if a single word stands before it in the same name."""
    before = found.string[max(found.start() - MAX_NAME, 0) : found.start()]
    return f"{_OPEN}{found[1]}{_CLOSE}" if _FIRST_WORD.search(before) else found[0]


def _join_suffixes(names: Iterable[str]) -> Iterator[str]:
    """Yield the names, each with the suffix that a comma separates from it."""
    waiting = ""
    for name in names:
        if waiting and _SUFFIX.fullmatch(name):
            waiting += f" {name}"
            continue
        if waiting:
            yield waiting
        waiting = name
    if waiting:
        yield waiting


def _split_body(name: str) -> Iterator[str]:
    """Yield a person and the collaboration that the person writes for, or the name itself."""
    found = _ON_BEHALF.fullmatch(name) if len(name) <= MAX_NAME else None
    yield from filter(None, found.group("person", "body", "alone")) if found else (name,)


def _has_letter(name: str) -> bool:
    return any(map(str.isalpha, name))


def _cut(name: str) -> str:
    return plain_from_raw(name, MAX_NAME)


def _add_key_name(author: Author, key: str) -> Author:
    found = _NAME_AND_SUFFIX.fullmatch(author.name)
    name = found["name"] if found and not author.name.endswith(key) else author.name
    if not key or not name.endswith(key):
        return author
    forenames = name[: len(name) - len(key)]
    if forenames and forenames[-1] not in " .":
        return author
    return Author(author.name, forenames.strip(), key)
