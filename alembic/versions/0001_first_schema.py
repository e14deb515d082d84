"""The first schema: mailings and what is known of them, papers, folders, harvests, and the politeness ledger."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written here, not imported from the tables: those change later, this migration does not.
MOMENT = sa.DateTime(timezone=True)
PAPER_ID = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

TABLES = (
    "request", "rest", "pool", "harvest", "version", "paper", "accepted", "history", "finding", "entry", "mailing",
    "replica_file", "replica", "archive",
)  # fmt: skip


def upgrade() -> None:
    _create_archive()
    _create_mailings()
    _create_findings()
    _create_papers()
    _create_politeness()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _create_archive() -> None:
    op.create_table(
        "archive",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_archive_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive")),
    )
    op.create_table(
        "replica",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replica")),
    )
    op.create_table(
        "replica_file",
        sa.Column("replica", sa.String(36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("agreed", sa.String(64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=True),
        sa.Column("ctime_ns", sa.BigInteger(), nullable=True),
        sa.Column("inode", sa.BigInteger(), nullable=True),
        sa.Column("checked", MOMENT, nullable=True),
        sa.CheckConstraint("length(agreed) = 64", name=op.f("ck_replica_file_agreed_length")),
        sa.CheckConstraint(
            "(size IS NULL) = (checked IS NULL) AND (mtime_ns IS NULL) = (checked IS NULL) "
            "AND (ctime_ns IS NULL) = (checked IS NULL) AND (inode IS NULL) = (checked IS NULL)",
            name=op.f("ck_replica_file_stat"),
        ),
        sa.ForeignKeyConstraint(["replica"], ["replica.id"], name=op.f("fk_replica_file_replica")),
        sa.PrimaryKeyConstraint("replica", "day", name=op.f("pk_replica_file")),
    )


def _create_mailings() -> None:
    op.create_table(
        "mailing",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("response", sa.String(64), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("tail", sa.Integer(), nullable=False),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=True),
        sa.Column("cross", sa.Integer(), nullable=True),
        sa.Column("recorded", MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('complete', 'adopted', 'reconstructed')", name=op.f("ck_mailing_state")),
        sa.CheckConstraint('"new" + "cross" = papers', name=op.f("ck_mailing_sections")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_mailing_sha256_length")),
        sa.CheckConstraint("papers >= 0", name=op.f("ck_mailing_papers")),
        sa.CheckConstraint("tail >= 0", name=op.f("ck_mailing_tail")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_mailing")),
    )
    op.create_table(
        "entry",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("paper_id", PAPER_ID, nullable=False),
        sa.Column("section", sa.String(8), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("placed", sa.String(16), nullable=False),
        sa.CheckConstraint(
            "placed IN ('listed', 'proven', 'bounded', 'assumed', 'adopted')", name=op.f("ck_entry_placed")
        ),
        sa.CheckConstraint("section IN ('new', 'cross')", name=op.f("ck_entry_section")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_entry_number")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_entry_version")),
        sa.ForeignKeyConstraint(["day"], ["mailing.day"], name=op.f("fk_entry_day")),
        sa.PrimaryKeyConstraint("day", "number", name=op.f("pk_entry")),
        sa.UniqueConstraint("day", "paper_id", name=op.f("uq_entry_day_paper_id")),
    )
    op.create_index(op.f("ix_entry_paper_id"), "entry", ["paper_id"])


def _create_findings() -> None:
    op.create_table(
        "finding",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("response", sa.String(64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("recorded", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('no-mailing', 'pending', 'partial', 'failed', 'conflict')", name=op.f("ck_finding_state")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_finding")),
    )
    op.create_table(
        "history",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("recorded", MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("response", sa.String(64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("papers", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('conflict', 'failed', 'partial', 'complete', 'adopted', 'reconstructed', 'no-mailing', 'pending', "
            "'future')",
            name=op.f("ck_history_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
        sa.UniqueConstraint("day", "recorded", "state", name=op.f("uq_history_day_recorded_state")),
    )
    op.create_table(
        "accepted",
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("paper_id", PAPER_ID, nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("ours", sa.Text(), nullable=True),
        sa.Column("theirs", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded", MOMENT, nullable=False),
        sa.CheckConstraint("length(fingerprint) = 64", name=op.f("ck_accepted_fingerprint_length")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_accepted")),
    )
    op.create_index(op.f("ix_accepted_day"), "accepted", ["day"])


def _create_papers() -> None:
    op.create_table(
        "paper",
        sa.Column("id", PAPER_ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column("raw_title", sa.Text(), nullable=False),
        sa.Column("raw_abstract", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("datestamp", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("seen", MOMENT, nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_paper_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
    )
    op.create_index(op.f("ix_paper_datestamp"), "paper", ["datestamp"])
    op.create_table(
        "version",
        sa.Column("paper_id", PAPER_ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("abstract", sa.Text(), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_version_number")),
        sa.PrimaryKeyConstraint("paper_id", "number", name=op.f("pk_version")),
    )
    op.create_table(
        "harvest",
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("first_from", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("reached", sa.Date(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("updated", MOMENT, nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_harvest")),
    )


def _create_politeness() -> None:
    op.create_table(
        "pool",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("next_allowed", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pool")),
    )
    op.create_table(
        "rest",
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("strikes >= 0", name=op.f("ck_rest_strikes")),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_rest")),
    )
    op.create_table(
        "request",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("ended", MOMENT, nullable=True),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
    )
    op.create_index(op.f("ix_request_host_started"), "request", ["host", "started"])
    op.create_index(op.f("ix_request_started"), "request", ["started"])
