"""The query language of FTS5, SQLite's full-text index. Every word is quoted, so that none is read as an operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import column, literal_column, table

from syncd.core.query import And, CategoryCode, Not, Or, Phrase
from syncd.core.query.beginnings import list_name_words
from syncd.core.query.word_forms import list_other_forms, stem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import ColumnElement, TableClause

    from syncd.core.query import AuthorName, Condition

INDEX = table("syncd_search", column("rowid"), column("rank"))
"""Titles and abstracts as announced, and the current categories. The rowid is the id of the entry."""

AUTHOR_INDEX = table("syncd_author_search", column("rowid"))
"""Names of authors. The rowid is the id of the author."""

_ARCHIVES = ("astroph", "condmat", "cs", "econ", "eess", "grqc", "hep", "math", "nlin", "nucl", "physics", "q", "stat")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def matches(index: TableClause, expression: str) -> ColumnElement[bool]:
    """Return the condition that rows of the index meet the expression."""
    return literal_column(index.name).op("MATCH", is_comparison=True)(expression)


def format_fts5(condition: Condition, list_codes: Callable[[CategoryCode], Sequence[str]]) -> str | None:
    """Return the condition in the language of FTS5. None where that cannot say it: no words, or nothing but exclusions.

    `list_codes` returns the categories held that are meant.
    """
    match condition:
        case Phrase():
            return _format_phrase(condition)
        case CategoryCode():
            return _format_category(list_codes(condition))
        case Or(parts):
            alternatives = [format_fts5(part, list_codes) for part in parts]
            return None if None in alternatives else f"({' OR '.join(map(str, alternatives))})"
        case And(parts):
            wanted = [format_fts5(part, list_codes) for part in parts if not isinstance(part, Not)]
            excluded = [format_fts5(part.part, list_codes) for part in parts if isinstance(part, Not)]
            if not wanted or None in wanted or None in excluded:
                return None
            joined = f"({' AND '.join(map(str, wanted))})"
            return f"({joined} NOT ({' OR '.join(map(str, excluded))}))" if excluded else joined
    return None


def format_name(name: AuthorName) -> str:
    """Return an expression for names with all these words. A letter beside other words is an initial."""
    terms = (f'"{word}"{" *" * goes_on}' for word, goes_on in list_name_words(name))
    return " AND ".join(terms)


def _format_category(codes: Sequence[str]) -> str:
    # No category is a digit.
    words = [code.replace(".", "").replace("-", "") for code in codes] or ["0"]
    alternatives = " OR ".join(f'"{word}"' for word in words)
    return f"{{categories}} : ({alternatives})"


def _format_phrase(phrase: Phrase) -> str:
    *before, last = phrase.words
    ends = list(_list_ends(last)) if phrase.prefix else [f'{last}"']
    alternatives = [f'"{" ".join([*before, end])}' for end in ends]
    joined = f"({' OR '.join(alternatives)})"
    if phrase.part:
        return f"{{{phrase.part}}} : {joined}"
    # To name the columns takes longer, and is left out for words that are no category.
    return f"{{abstract title}} : {joined}" if phrase.prefix or phrase.words[0].startswith(_ARCHIVES) else joined


def _list_ends(beginning: str) -> Iterator[str]:
    """Yield words, each with the quote that ends its phrase, that find all words which start with `beginning`.

    FTS5 reduces the beginning to a stem, too, and would take `image*` as `imag*`. So it gets one character more in that case.
    """
    yield from (f'{form}"' for form in list_other_forms(beginning))
    if stem(beginning) == beginning:
        yield f'{beginning}" *'
    else:
        yield from (f'{longer}" *' for letter in _LETTERS if stem(longer := beginning + letter) == longer)
