"""The query language of PostgreSQL's full-text search. Words are letters and digits, and quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import column, func, literal, literal_column, table

from syncd.core.query import And, CategoryCode, Not, Or, Part, Phrase
from syncd.core.query.beginnings import list_name_words
from syncd.core.query.word_forms import list_other_forms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import ColumnClause, ColumnElement

    from syncd.core.query import AuthorName, Condition

WORDS_INDEX = table("syncd_search", column("id"), column("words"))
"""Titles and abstracts as announced, the current categories and the month. The id is that of the entry."""

_WEIGHTS = {Part.TITLE: "A", Part.ABSTRACT: "B"}
_STEMMED: ColumnClause[Any] = literal_column("'syncd'")
_AS_TYPED: ColumnClause[Any] = literal_column("'pg_catalog.simple'")


def is_about_text(condition: Condition) -> bool:
    """Return whether the condition concerns titles and abstracts only."""
    match condition:
        case And(parts) | Or(parts):
            return all(map(is_about_text, parts))
        case Not(part):
            return is_about_text(part)
    return isinstance(condition, Phrase)


def is_about_words(condition: Condition) -> bool:
    """Return whether a tsquery can say the condition: it concerns titles, abstracts and categories only."""
    match condition:
        case And(parts) | Or(parts):
            return all(map(is_about_words, parts))
        case Not(part):
            return is_about_words(part)
    return isinstance(condition, Phrase | CategoryCode)


def build_tsquery(condition: Condition, list_codes: Callable[[CategoryCode], Sequence[str]]) -> ColumnElement[Any]:
    """Return the condition, which must be about words, as a tsquery. `list_codes` returns the categories held that are meant."""
    match condition:
        case And(parts):
            return _join("&&", (build_tsquery(part, list_codes) for part in parts))
        case Or(parts):
            return join_any(build_tsquery(part, list_codes) for part in parts)
        case Not(part):
            return func.tsquery_not(build_tsquery(part, list_codes))
        case CategoryCode():
            # No category is a lone mark.
            return match_any(f"@{code}" for code in list_codes(condition) or [""])
        case Phrase(words, prefix, part):
            build = _build_beginning if prefix else _build_words
            if part is Part.TITLE:
                # The words of titles are in the index once more. Without them, each text with the words would be read.
                in_title = func.syncd_in_title(build(words, ""))
                is_one_word = len(words) == 1 and words[0].isascii() and words[0].isalpha()
                return in_title if is_one_word else in_title.op("&&")(build(words, _WEIGHTS[part]))
            # The words of one phrase have one weight: a title does not go on in its abstract.
            weights = [_WEIGHTS[part]] if part else ["A", "B"] if len(words) > 1 else [""]
            return join_any(build(words, weight) for weight in weights)
    raise AssertionError(condition)


def match_any(words: Iterable[str]) -> ColumnElement[Any]:
    """Return the tsquery for one of these words of the index, at least one, as they are there."""
    return literal(" | ".join(f"'{word}'" for word in words)).op("::")(literal_column("tsquery"))


def build_name_query(column: ColumnElement[str], name: AuthorName) -> ColumnElement[bool]:
    """Return the condition that a name has all these words. A letter beside other words is an initial."""
    terms = (f"'{word}'{':*' * goes_on}" for word, goes_on in list_name_words(name))
    words = func.to_tsvector(_AS_TYPED, func.syncd_fold(column))
    return words.op("@@", is_comparison=True)(func.to_tsquery(_AS_TYPED, " & ".join(terms)))


def _build_words(words: tuple[str, ...], weight: str) -> ColumnElement[Any]:
    return func.to_tsquery(_STEMMED, " <-> ".join(f"'{word}':{weight}" if weight else f"'{word}'" for word in words))


def _build_beginning(words: tuple[str, ...], weight: str) -> ColumnElement[Any]:
    *before, last = words
    # Only the words of the index are stems. What they begin with is not reduced to one.
    ends: list[ColumnElement[Any]] = [func.to_tsquery(_AS_TYPED, f"'{last}':*{weight}")]
    ends += [_build_words((form,), weight) for form in (last, *list_other_forms(last))]
    end = join_any(ends)
    return func.tsquery_phrase(_build_words(tuple(before), weight), end) if before else end


def join_any(queries: Iterable[ColumnElement[Any]]) -> ColumnElement[Any]:
    """Return the tsquery that one of these, at least one, makes."""
    return _join("||", queries)


def _join(operator: str, queries: Iterable[ColumnElement[Any]]) -> ColumnElement[Any]:
    # In pairs, as hundreds in a row would be nested too deeply for SQLAlchemy.
    rest = list(queries)
    while len(rest) > 1:
        pairs = zip(rest[::2], rest[1::2], strict=False)
        rest = [*(left.op(operator)(right) for left, right in pairs), *rest[len(rest) // 2 * 2 :]]
    return rest[0]
