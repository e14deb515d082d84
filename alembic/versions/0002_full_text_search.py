"""Full-text search over the entries: FTS5 on SQLite, tsvector on PostgreSQL. Entries that are held already are indexed."""

from __future__ import annotations

import re
import unicodedata
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Written here, not imported from the archive: that changes later, this migration does not.
ENTRY = sa.table(
    "entry", sa.column("day", sa.Date()), sa.column("number"), sa.column("title"), sa.column("abstract")
)  # fmt: skip
PAGE = 500
TAG = re.compile(r"<[^<>]*>")
WORD = re.compile(r"[^\W_]+")


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search USING fts5(title, abstract, tokenize = 'unicode61 remove_diacritics 2')"
        )
        # Terms collect in memory up to this many bytes. The usual 1 MiB makes many small segments, merged again and again.
        op.execute("INSERT INTO search (search, rank) VALUES ('hashsize', 16777216)")
        _index("INSERT INTO search (rowid, title, abstract) VALUES (:rowid, :title, :abstract)", _sqlite)
        return
    op.create_table(
        "search",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("day", "number", name=op.f("pk_search")),
    )
    op.create_index(op.f("ix_search_words"), "search", ["words"], postgresql_using="gin")
    _index(
        "INSERT INTO search (day, number, words) VALUES (:day, :number, "
        "setweight(to_tsvector('simple', :title), 'A') || setweight(to_tsvector('simple', :abstract), 'B'))",
        _postgresql,
    )


def downgrade() -> None:
    op.drop_table("search")


def _index(statement: str, values: Callable[[date, int, str, str], dict[str, Any]]) -> None:
    connection = op.get_bind()
    wanted = sa.select(ENTRY.c.day, ENTRY.c.number, ENTRY.c.title, ENTRY.c.abstract)
    rows = iter(connection.execute(wanted.execution_options(yield_per=PAGE)))
    while page := [values(*row) for row in islice(rows, PAGE)]:
        connection.execute(sa.text(statement), page)


def _sqlite(day: date, number: int, title: str, abstract: str) -> dict[str, Any]:
    return {"rowid": day.toordinal() * 100_000 + number, "title": _plain(title), "abstract": _plain(abstract)}


def _postgresql(day: date, number: int, title: str, abstract: str) -> dict[str, Any]:
    return {"day": day, "number": number, "title": _words(title), "abstract": _words(abstract)}


def _plain(markup: str) -> str:
    return TAG.sub("", markup).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _words(markup: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", _plain(markup)) if not unicodedata.combining(c))
    return " ".join(WORD.findall(unicodedata.normalize("NFC", bare).lower()))
