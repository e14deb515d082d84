"""The conditions of a query that a person could type alone, in the words for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.query.conditions import And, AuthorName, CategoryCode, IdPattern, Phrase, SectionName

if TYPE_CHECKING:
    from syncd.core.query.conditions import Condition


def list_parts(condition: Condition) -> list[tuple[str, Condition]]:
    """Return what narrows a query down, each with its words: the conditions that it joins, or the words of its phrase.

    Empty where there is only one. Alternatives, exclusions and dates are not among them.
    """
    parts: list[Condition] = list(condition.parts) if isinstance(condition, And) else []
    if isinstance(condition, Phrase):
        *first, last = condition.words
        parts += (Phrase((word,), part=condition.part) for word in first)
        parts.append(Phrase((last,), condition.prefix, condition.part))
    found = [(words, part) for part in parts if (words := _describe(part))]
    return found if len(found) > 1 else []


def _describe(part: Condition) -> str:
    match part:
        case Phrase(words, prefix, place):
            return (f"{place}:" if place else "") + _quote(words) + "*" * prefix
        case AuthorName(words, prefix):
            return f"author:{_quote(words)}{'*' * prefix}"
        case CategoryCode(code, prefix):
            return f"category:{code}{'*' * prefix}"
        case IdPattern(text, prefix):
            return f"id:{text}{'*' * prefix}"
        case SectionName(name):
            return f"section:{name}"
        case _:
            return ""


def _quote(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f'"{" ".join(words)}"'
