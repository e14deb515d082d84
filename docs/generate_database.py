"""The reference page of the database, and the metadata for Datasette: from the schema, its comments and the demo archive.

Run it after the schema or database.md.in has changed: python docs/generate_database.py
"""

# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import re
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # the demo archive is among the tests

from syncd.archive.sql.database import open_database  # noqa: E402  its place is known only now
from syncd.archive.sql.store import Store  # noqa: E402
from tests.support.demo_archive import fill_demo  # noqa: E402
from tests.support.schema_comments import VIEWS, read_sqlite, read_tables  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from tests.support.schema_comments import Relation

_QUESTION = re.compile(r"^### ([^\n]+)\n```sql\n((?:[^`\n]+\n)+)```\n@result@\n", re.MULTILINE)
FACETS = {
    "papers": ["year", "primary_category", "state"],
    "papers_per_day": ["year", "state"],
    "coverage": ["state"],
    "entry": ["section", "certainty"],
    "mailing": ["state", "source"],
    "paper_category": ["category"],
    "requests": ["host", "status"],
}


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as it stands."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def page() -> str:
    """Return the text of database.md."""
    text = (HERE / "reference" / "database.md.in").read_text(encoding="utf-8")
    with closing(open_database("sqlite://", create=True)) as database:
        fill_demo(Store(database, "demo"))
        with database.read() as connection:
            text = _QUESTION.sub(lambda found: _answer(connection, found), text)
    declared, written = read_tables(), read_sqlite()
    people = [table for name, table in declared.items() if not name.startswith("syncd_")]
    service = [table for name, table in declared.items() if name.startswith("syncd_")]
    parts = {"views": [written[name] for name in VIEWS], "tables": people, "service": service}
    for place, relations in parts.items():
        text = text.replace(f"@{place}@\n", "\n".join(map(_describe, relations)))
    return text


def metadata() -> str:
    """Return the text of datasette.yaml, for a database file of the name syncd.db."""
    written, declared = read_sqlite(), read_tables()
    tables: dict[str, Any] = {}
    for name in (*VIEWS, *map(str, declared)):
        tables[name] = _describe_for_datasette(written[name])
    tables["papers"] |= {"fts_table": "syncd_search", "fts_pk": "entry_id", "sort_desc": "entry_id", "size": 20}
    tables["author"] |= {"label_column": "name"}
    for name in ("syncd_schema", "syncd_entry_text", "syncd_search", "syncd_author_search"):
        tables[name] = {"hidden": True}
    queries = {_to_slug(title): {"title": title, "sql": sql} for title, sql in (questions() | _list_quick()).items()}
    content = {
        "title": "Daily arXiv digests",
        "description": "Papers as arXiv announced them, one mailing a day, and what is known of them now.",
        "databases": {"syncd": {"tables": tables, "queries": queries}},
    }
    head = "# Made from the schema: python docs/generate_database.py\n"
    return head + yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


def questions() -> dict[str, str]:
    """Return the queries of the page by their titles, in its order."""
    text = (HERE / "reference" / "database.md.in").read_text(encoding="utf-8")
    return {title: sql.strip().removesuffix(";") for title, sql in _QUESTION.findall(text)}


def _list_quick() -> dict[str, str]:
    """Return the queries for SQLite alone, which Datasette gets in place of those that take longer than it waits."""
    text = (HERE / "reference" / "database.md.in").read_text(encoding="utf-8")
    found = re.findall(r"^### ([^\n]+)\n(?:(?!###).)*?^```sqlite\n(.*?);\n```", text, re.MULTILINE | re.DOTALL)
    return dict(found)


def write() -> None:
    """Bring the page and the metadata beside this file up to date."""
    (HERE / "reference" / "database.md").write_text(page(), encoding="utf-8")
    (HERE / "datasette.yaml").write_text(metadata(), encoding="utf-8")


def _answer(connection: Connection, found: re.Match[str]) -> str:
    result = connection.exec_driver_sql(found[2].strip().removesuffix(";"))
    rows = _format_rows([tuple(result.keys()), *result])
    return f"### {found[1]}\n```sql\n{found[2]}```\n\n{rows}"


def _format_rows(rows: list[Any]) -> str:
    lines = ["| " + " | ".join("" if value is None else str(value) for value in row) + " |" for row in rows]
    lines.insert(1, "|---" * len(rows[0]) + "|")
    return "\n".join(lines) + "\n"


def _describe(one: Relation) -> str:
    rows: Iterable[tuple[str, str]] = [(f"`{name}`", meaning or "") for name, meaning in one.columns.items()]
    return f"### `{one.name}`\n{one.meaning}\n\n{_format_rows([('column', 'meaning'), *rows])}"


def _describe_for_datasette(one: Relation) -> dict[str, Any]:
    found: dict[str, Any] = {"description": one.meaning}
    if one.name.startswith("syncd_"):
        return found | {"hidden": True}
    found["columns"] = {name: meaning for name, meaning in one.columns.items() if meaning}
    return found | ({"facets": FACETS[one.name]} if one.name in FACETS else {})


def _to_slug(title: str) -> str:
    return re.sub(r"\W+", "_", title.lower()).strip("_")


if __name__ == "__main__":
    write()
