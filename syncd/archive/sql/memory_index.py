"""A full-text index of a few entries in memory, which finds and ranks them as the index of the archive on SQLite does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEFINITION = """
    CREATE VIRTUAL TABLE entries USING fts5(
        abstract, title, categories, content = '', tokenize = 'porter unicode61 remove_diacritics 2'
    )
"""
_INSERT = "INSERT INTO entries (rowid, abstract, title, categories) VALUES (?, ?, ?, ?)"
_MATCHING = "SELECT rowid, bm25(entries, 1.0, 8.0, 0.0) FROM entries WHERE entries MATCH ?"


def find_matches(entries: Iterable[tuple[int, str, str, str | None]], expression: str) -> dict[int, float]:
    """Return the ids of those entries that meet an expression of FTS5, each with its rank: the best has the least.

    An entry is its id, abstract, title and categories, as the view `syncd_entry_text` has them. How rare a word is, is counted
    among these entries.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as index:
        index.execute(_DEFINITION)
        index.execute("BEGIN")
        index.executemany(_INSERT, entries)
        return dict(index.execute(_MATCHING, [expression]))
