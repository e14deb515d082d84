"""The query language of PostgreSQL's full-text search. Words are letters and digits, and quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal_column

from syncd.core.query import And, Not, Or, Part, Phrase
from syncd.core.query.word_forms import list_other_forms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnClause, ColumnElement

    from syncd.core.query import AuthorName, Condition

_WEIGHTS = {Part.TITLE: "A", Part.ABSTRACT: "B"}
_STEMMED: ColumnClause[Any] = literal_column("'syncd'")
_AS_TYPED: ColumnClause[Any] = literal_column("'pg_catalog.simple'")


def is_about_text(condition: Condition) -> bool:
    """Return whether the condition concerns titles and abstracts only, so that a tsquery can say it."""
    match condition:
        case And(parts) | Or(parts):
            return all(map(is_about_text, parts))
        case Not(part):
            return is_about_text(part)
    return isinstance(condition, Phrase)


def build_tsquery(condition: Condition) -> ColumnElement[Any]:
    """Return the condition, which must concern titles and abstracts only, as a tsquery."""
    match condition:
        case And(parts):
            return _join("&&", map(build_tsquery, parts))
        case Or(parts):
            return join_any(map(build_tsquery, parts))
        case Not(part):
            return func.tsquery_not(build_tsquery(part))
        case Phrase(words, prefix, part):
            # The words of one phrase have one weight: a title does not go on in its abstract.
            weights = [_WEIGHTS[part]] if part else ["A", "B"] if len(words) > 1 else [""]
            build = _build_beginning if prefix else _build_words
            return join_any(build(words, weight) for weight in weights)
    raise AssertionError(condition)


def build_name_query(column: ColumnElement[str], name: AuthorName) -> ColumnElement[bool]:
    """Return the condition that a name has all these words. A letter beside other words is an initial."""
    last = len(name.words) - 1
    terms = (
        f"'{word}'{':*' * ((last > 0 and len(word) == 1) or (name.prefix and number == last))}"
        for number, word in enumerate(name.words)
    )
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
