"""What people type to search, as values: the conditions of a query, how a text is read as one, and where it matches."""

from syncd.core.query.conditions import (
    EVERYTHING,
    And,
    AuthorName,
    CategoryCode,
    Condition,
    IdPattern,
    MailingDates,
    Not,
    Or,
    Part,
    Phrase,
    SectionName,
    join_all,
)
from syncd.core.query.highlights import find_matches
from syncd.core.query.typed_query import join_arguments, parse_query
from syncd.core.query.wording import list_parts

__all__ = [
    "EVERYTHING",
    "And",
    "AuthorName",
    "CategoryCode",
    "Condition",
    "IdPattern",
    "MailingDates",
    "Not",
    "Or",
    "Part",
    "Phrase",
    "SectionName",
    "find_matches",
    "join_all",
    "join_arguments",
    "list_parts",
    "parse_query",
]
