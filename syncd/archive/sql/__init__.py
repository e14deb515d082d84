"""What lies in the database: tables and the questions asked of them. No SQLAlchemy type leaves this folder.

The modules of the store's statements are imported when they are first used. A command asks few of them, and to build the
statements of all would take a fifth of the time of `syncd status`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from syncd.archive.sql.late_modules import import_later

with import_later():
    import sqlalchemy.dialects.sqlite  # noqa: F401  before any other module of this folder imports it

if TYPE_CHECKING:
    from types import ModuleType

    from syncd.archive.sql import (
        accepted,
        author_index,
        backfill_queries,
        deletions,
        exported,
        findings,
        full_text,
        harvests,
        identity,
        late_crosslists,
        mailing_facts,
        mailing_proof,
        mailing_records,
        mailings,
        odd_papers,
        papers,
        replicas,
        revisions,
        search_queries,
        stored_mailings,
    )

__all__ = [
    "accepted",
    "author_index",
    "backfill_queries",
    "deletions",
    "exported",
    "findings",
    "full_text",
    "harvests",
    "identity",
    "late_crosslists",
    "mailing_facts",
    "mailing_proof",
    "mailing_records",
    "mailings",
    "odd_papers",
    "papers",
    "replicas",
    "revisions",
    "search_queries",
    "stored_mailings",
]


def __getattr__(name: str) -> ModuleType:
    """Return a module of this folder, imported now."""
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        raise AttributeError(name) from error
