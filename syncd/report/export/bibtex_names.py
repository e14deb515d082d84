"""The names of authors as BibTeX reads them. A name in one text stays in its order: nothing is guessed about its parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syncd.report.export.bibtex_text import to_tex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syncd.core.model import Author

_SUFFIX = re.compile(r",? (?P<suffix>(?:Jr|Sr)\b\.?|II|III|IV)$")
_GROUP = re.compile(
    r"\b(?:alliance|association|cent(?:er|re)|collaborations?|committee|community|consorti(?:a|um)|council|foundation|groups?"
    r"|inc\.?|initiatives?|institutes?|labs?|laborator(?:y|ies)|networks?|organi[sz]ation|projects?|society|teams?|universit\w+"
    r"|working)(?!\w)",
    re.IGNORECASE,
)
_SEPARATES_NAMES = re.compile(r",|(?:^|\s)and(?:\s|$)", re.IGNORECASE)


def format_authors(authors: Iterable[Author]) -> str:
    """Return the names in order, as the value of a field."""
    return " and ".join(map(_format_author, authors))


def _format_author(author: Author) -> str:
    found = _SUFFIX.search(author.name)
    name, suffix = (author.name[: found.start()], found["suffix"]) if found else (author.name, None)
    forenames, key_name = author.forenames, author.key_name and _SUFFIX.sub("", author.key_name)
    if _is_indivisible(name) or any(map(_SEPARATES_NAMES.search, (forenames or "", key_name or ""))):
        return f"{{{to_tex(author.name)}}}"
    if not (forenames and key_name):
        if suffix is None:
            return to_tex(name)
        forenames, key_name = _split_name(name)
    return ", ".join(to_tex(part) for part in (key_name, suffix, forenames) if part is not None)


def _is_indivisible(name: str) -> bool:
    """Return whether BibTeX must not look for forenames: in the name of a group, or where it would cut in the wrong place."""
    return (
        len(name.split()) < 2
        or _GROUP.search(name) is not None
        or _SEPARATES_NAMES.search(name) is not None
        or "$" in to_tex(name)  # styles shorten words to their first letter, also those of a formula
    )


def _split_name(name: str) -> tuple[str, str]:
    """Return forenames and family name as BibTeX splits them: particles in lower case begin the family name."""
    words = name.split()
    first = next((at for at, word in enumerate(words[1:-1], 1) if word[:1].islower()), len(words) - 1)
    return " ".join(words[:first]), " ".join(words[first:])
