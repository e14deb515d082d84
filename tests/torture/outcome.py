"""How an archive stands after a run, so that a disturbed one can be compared with an undisturbed one."""

from __future__ import annotations

import hashlib
import reprlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.archive.files.temporary_file import TEMPORARY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.torture.databases import ArchiveDatabase

_WRITTEN_BY_COMMAND = (".lock", "syncd.prom", ".syncd-daemon.json", "receipts", ".git/")


@dataclass
class Outcome:
    """Hashes of the files by path, and the rows of each table by column. `leftovers` are temporary files."""

    files: dict[str, str] = field(default_factory=dict)
    tables: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    leftovers: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def read_outcome(folder: Path, database: ArchiveDatabase) -> Outcome:
    """Return how the archive in a folder stands."""
    found = Outcome()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        if TEMPORARY.fullmatch(path.name):
            found.leftovers.append(name)
        elif path.suffix == ".md":
            found.files[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        elif not name.startswith(("vault/", "from-before/")) and not any(part in name for part in _WRITTEN_BY_COMMAND):
            found.others.append(name)
    found.tables = database.read_tables(folder)
    head = folder / "archive" / ".git" / "refs" / "heads" / "main"
    if head.is_file():
        found.files["HEAD"] = head.read_text(encoding="ascii")
    return found


def find_steady(one: Outcome, other: Outcome) -> set[tuple[str, str]]:
    """Return the columns, as table and name, in which two undisturbed runs have the same values: no times, no process ids."""
    return {
        (table, column)
        for table, columns in one.tables.items()
        for column, values in columns.items()
        if sorted(other.tables[table][column]) == sorted(values)
    }


def compare(expected: Outcome, found: Outcome, steady: set[tuple[str, str]]) -> list[str]:
    """Return what differs, in words."""
    different = [
        f"file {name}" for name in expected.files | found.files if expected.files.get(name) != found.files.get(name)
    ]
    for table, column in sorted(steady):
        values = found.tables.get(table, {}).get(column, [])
        wanted = expected.tables[table][column]
        if Counter(wanted) != Counter(values):
            different.append(f"{table}.{column}: {len(wanted)} rows, {len(values)} now, {_describe(wanted, values)}")
    different += [f"left over: {name}" for name in found.others if name not in expected.others]
    return different


def _describe(wanted: list[str], values: list[str]) -> str:
    """Return some of the values that are missing and that are new."""
    missing, new = Counter(wanted) - Counter(values), Counter(values) - Counter(wanted)
    return ", ".join(
        f"{word} {reprlib.repr(sorted(several.elements()))}"
        for word, several in (("without", missing), ("with", new))
        if several
    )
