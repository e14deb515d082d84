"""Lives of a small archive: people, upstream and kills at random, and after the recovery nothing differs and nothing is lost."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files.folder_tree import ignore_step
from syncd.archive.files.vault import FolderVault
from syncd.core import digest as digests
from syncd.core.errors import FolderError
from syncd.core.model import Severity, Version
from syncd.core.reconcile import Choice, DayState, plan
from syncd.rehearsal.history import Edition, newest
from syncd.usecases.ingest import sync
from syncd.usecases.ingest.adopt import adopt
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.inspect.show import show_paper
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.replay.replay import replay
from syncd.usecases.workspace import Access
from tests.support import faults
from tests.support.changed_history import changed, removed, revised
from tests.support.row_damage import set_text
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syncd.core.results import Run
    from syncd.usecases.workspace import Workspace

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
LIVES, LENGTH = (60, 30) if "SYNCD_LONG" in os.environ else (6, 14)


class Killed(BaseException):
    """The process is gone."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Life:
    """One archive and what befalls it; `owed` are hashes of bytes that gave way and must be found, `log` tells what happened."""

    here: World
    chance: Random
    owed: dict[str, str] = field(default_factory=dict)
    older: list[Path] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    @property
    def root(self) -> Path:
        return self.here.folder / "archive"

    @property
    def database(self) -> Path:
        return self.here.folder / "syncd.db"

    def day(self) -> date:
        """A date whose mailing is out."""
        return self.chance.choice([day for day in DAYS if noon(day) <= self.here.now])

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*.md")}

    def sql(self, statement: str) -> None:
        """Change rows behind syncd's back, as a person's tool does."""
        self.log.append(statement)
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(statement)

    @contextmanager
    def open(self, kill: int = 0) -> Iterator[Workspace]:
        """The archive, whose process ends behind the step of this number."""
        left = kill

        def after(step: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed(step)

        with self.here.open(Access.CREATE, after if kill else ignore_step) as work:
            root = work.config.archive.vault
            assert root is not None
            yield replace(work, vault=FolderVault(root, after)) if kill else work

    def command(self, name: str, run: Callable[[Workspace], object], kill: int = 0) -> None:
        """Run a command, perhaps until it is killed; what it changed in files and rows is owed from now on."""
        files, rows, now = self.files(), dict[date, bytes](), dict[date, bytes]()
        try:
            with self.open(kill) as work:
                rows = rendered(work)
                run(work)
                now = rendered(work)
            self.log.append(name)
        except Killed as killed:
            self.log.append(f"{name}, killed behind: {killed}")
            with self.open() as work:
                now = rendered(work)
        after = self.files()
        self.owed |= {sha256(data): f"{p}, {name}" for p, data in files.items() if after.get(p) != data}
        self.owed |= {sha256(data): f"rows {d}, {name}" for d, data in rows.items() if now.get(d) != data}
        if not name.startswith("repair") and (changed := _rewritten(files, after, rows)):
            pytest.fail(f"rewritten by {name}: {changed}\n" + "\n".join(self.log))
        if missing := self.lost():
            pytest.fail(f"lost: {missing}\n" + "\n".join(self.log))

    def lost(self) -> list[str]:
        """What is owed and neither stands in a file nor in the vault."""
        vault = FolderVault(self.here.folder / "vault")
        there = {sha256(data) for data in self.files().values()}
        wanted = {sha: output for sha, output in self.owed.items() if sha not in there}
        return [output for sha, output in wanted.items() if not _is_kept(vault, sha)]


def rendered(work: Workspace) -> dict[date, bytes]:
    """What the rows say, where they say anything."""
    found: dict[date, bytes] = {}
    for digest in work.store.digests():
        with suppress(ValueError, TypeError, AttributeError):
            found[digest.day] = digests.render(digest)
    return found


def _rewritten(files: dict[str, bytes], after: dict[str, bytes], rows: dict[date, bytes]) -> list[str]:
    """The files that have other bytes now, and not those that the rows said before."""
    output = set(rows.values())
    return [path for path, data in files.items() if after[path] != data and after[path] not in output]


def _is_kept(vault: FolderVault, sha: str) -> bool:
    try:
        vault.get(sha)
    except FolderError:
        return False
    return True


# What people do to files


def edit(life: Life) -> None:
    _change(life, lambda data: data.replace(b" the ", b" teh ", 1).replace(b"a", b"e", life.chance.randrange(1, 9)))


def reword(life: Life) -> None:
    """A sound digest still."""
    word = f" word{life.chance.randrange(1000)}".encode()
    _change(life, lambda data: data.replace(b"  [ :arrow_down: ]", word + b"  [ :arrow_down: ]", 1))


def truncate(life: Life) -> None:
    _change(life, lambda data: data[: life.chance.randrange(len(data) + 1)])


def exchange(life: Life) -> None:
    files = life.files()
    if files:
        _change(life, lambda _: files[life.chance.choice(sorted(files))])


def _change(life: Life, how: Callable[[bytes], bytes]) -> None:
    path = life.here.file(life.day())
    if path.is_file():
        path.write_bytes(how(path.read_bytes()))


def delete(life: Life) -> None:
    life.here.file(life.day()).unlink(missing_ok=True)


def delete_year(life: Life) -> None:
    shutil.rmtree(life.root / "2026", ignore_errors=True)


def tamper(life: Life) -> None:
    with suppress(FileNotFoundError):
        (life.root / "2026" / "SHA256SUMS").write_bytes(b"x")


# What people do to rows


def delete_row(life: Life) -> None:
    life.sql(f"DELETE FROM mailing WHERE day = '{life.day()}'")  # noqa: S608  a date


def delete_entries(life: Life) -> None:
    life.sql(f"DELETE FROM entry WHERE day = '{life.day()}'")  # noqa: S608  a date


def retitle(life: Life) -> None:
    life.sql(set_text("title", "'Another Title'", f"day = '{life.day()}' AND number = 1"))


def rewrite_row(life: Life) -> None:
    """Another title, and a hash that is right for it."""
    day = life.day()
    with life.open() as work:
        digest = work.store.digest(day)
    if digest is not None and digest.entries:
        first, *rest = digest.entries
        title = f"Rewritten {life.chance.randrange(100)}"
        data = digests.render(replace(digest, entries=(replace(first, title=title), *rest)))
        life.sql(set_text("title", f"'{title}'", f"day = '{day}' AND paper_id = '{first.id}'"))
        life.sql(f"UPDATE mailing SET sha256 = '{sha256(data)}' WHERE day = '{day}'")  # noqa: S608


def forget_agreement(life: Life) -> None:
    life.sql(f"DELETE FROM syncd_replica_file WHERE day = '{life.day()}'")  # noqa: S608  a date


def back_up(life: Life) -> None:
    copy = life.here.folder / f"backup-{len(life.older)}.db"
    with closing(sqlite3.connect(life.database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    life.older.append(copy)


def restore_database(life: Life) -> None:
    if life.older:
        for name in ("syncd.db-wal", "syncd.db-shm"):
            (life.here.folder / name).unlink(missing_ok=True)
        shutil.copyfile(life.chance.choice(life.older), life.database)


# What upstream does


def pass_time(life: Life) -> None:
    later = [noon(day) for day in DAYS if noon(day) > life.here.now]
    life.here.now = min(later, default=life.here.now)


def revise(life: Life) -> None:
    _new_edition(life, withdrawn=False)


def withdraw(life: Life) -> None:
    _new_edition(life, withdrawn=True)


def _new_edition(life: Life, *, withdrawn: bool) -> None:
    history = life.here.server.history
    shown = newest(history, life.here.now)
    known = [work for work in history.works if shown and work.editions[-1].announced < shown]
    if known and shown:
        work = life.chance.choice(known)
        last = work.editions[-1]
        version = Version(last.version.number + 1, last.version.created + timedelta(hours=1), withdrawn)
        later = Edition(shown, version, f"{last.title} Again", f"{last.abstract} Revised.")
        life.here.server.history = revised(history, work.id, later)


def shrink(life: Life) -> None:
    history = life.here.server.history
    works = [work for work in history.works if any(m.category == "cs.CV" and not m.until for m in work.memberships)]
    if works:
        work = life.chance.choice(works)
        life.here.server.history = removed(history, work.id, "cs.CV", work.announced + timedelta(days=1))


def retype(life: Life) -> None:
    """The text of a paper reads otherwise without a new version."""
    history = life.here.server.history
    work = life.chance.choice(history.works)
    first, *rest = work.editions
    texts = (replace(first, abstract=f"{first.abstract} Retyped."), *rest)
    life.here.server.history = changed(history, replace(work, editions=texts))


def bend(life: Life) -> None:
    kind = life.chance.choice([faults.missing(), faults.duplicated(), faults.hollow(), faults.maintenance()])
    life.here.server.faults.add(kind)


HAPPENINGS: list[Callable[[Life], None]] = [
    edit, reword, truncate, exchange, delete, delete_year, tamper,
    delete_row, delete_entries, retitle, rewrite_row, forget_agreement, back_up, restore_database,
    pass_time, pass_time, revise, withdraw, shrink, retype, bend,
]  # fmt: skip


# What syncd does


def _adopt(life: Life, work: Workspace) -> Run:
    """Digests that a person offers, as they stand or reworded: of days whose entries are there, or whose rows are not."""
    source = life.here.folder / "offered"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir()
    for path, data in life.files().items():
        text = data.replace(b"  [ :arrow_down: ]", b" Offered  [ :arrow_down: ]", life.chance.randrange(2))
        (source / path.replace("/", "-")).write_bytes(text)
    return adopt(work, [source])


COMMANDS: dict[str, Callable[[Life, Workspace], object]] = {
    "sync": lambda life, work: sync.sync(work, life.here.upstream),
    "sync DATE": lambda life, work: sync.sync(work, life.here.upstream, [life.day()]),
    "repair": lambda _, work: repair(work),
    "repair --restore": lambda _, work: repair(work, choice=Choice.RESTORE),
    "repair --accept-file": lambda _, work: repair(work, choice=Choice.ACCEPT_FILE),
    "repair DATE --accept-file": lambda life, work: repair(work, [life.day()], Choice.ACCEPT_FILE),
    "check": lambda _, work: check(work, Scope()),
    "check --full": lambda _, work: check(work, Scope(full=True)),
    "adopt": _adopt,
    "replay": lambda _, work: replay(work) if next(work.vault.receipts(), None) else None,
}


def live(life: Life) -> None:
    for _ in range(LENGTH):
        for happening in life.chance.choices(HAPPENINGS, k=life.chance.randrange(4)):
            life.log.append(happening.__name__)
            happening(life)
        name = life.chance.choice(list(COMMANDS))
        kill = life.chance.randrange(1, 60) if life.chance.random() < 0.5 else 0
        life.command(name, lambda work, name=name: COMMANDS[name](life, work), kill)  # type: ignore[misc]


def recover(life: Life) -> None:
    """What a person does after all this: sync, repair with a choice, and what the messages name where that is refused."""
    life.here.now = noon(DAYS[-1])
    life.here.server.faults.clear()
    side = life.chance.choice([Choice.RESTORE, Choice.ACCEPT_FILE])
    for _ in range(3):
        life.command("sync", lambda work: sync.sync(work, life.here.upstream))
        life.command("repair", lambda work: repair(work, choice=side))
        with life.open() as work:
            refused = [one for one in repair(work, choice=Choice.RESTORE).days if one.error is not None and one.day]
        if not refused:
            return
        for one in refused:
            assert one.day is not None
            with suppress(FileNotFoundError):
                life.here.file(one.day).rename(life.here.folder / f"moved-{one.day}-{life.chance.random()}.md")
        life.command("replay", replay)
    pytest.fail(f"never recovers: {refused}\n" + "\n".join(life.log))


def states(work: Workspace) -> Iterator[DayState]:
    rows, agreed = work.store.mailings(), work.store.list_agreed_hashes()
    for day in DAYS:
        data = work.folder.read(day)
        yield DayState(
            day,
            None if data is None else sha256(data),
            rows[day].sha256 if day in rows else None,
            agreed.get(day),
            due=data is None and day not in rows,
        )


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive of the first mailings, to be copied."""
    folder = tmp_path_factory.mktemp("synced") / "here"
    with world(folder, noon(DAYS[2])) as made, made.open() as work:
        sync.sync(work, made.upstream)
    return folder


@pytest.mark.parametrize("seed", range(LIVES))
def test_whatever_happens_ends_in_agreement_and_loses_nothing(synced: Path, tmp_path: Path, seed: int) -> None:
    shutil.copytree(synced, tmp_path / "life")
    with world(tmp_path / "life", noon(DAYS[2])) as here:
        prove(Life(here, Random(seed)))


def prove(life: Life) -> None:
    live(life)
    recover(life)
    with life.open() as work:
        output = "\n".join(life.log)
        assert list(plan(states(work))) == [], output
        problems = check(work, Scope(full=True)).problems
        assert [one for one in problems if one.severity is Severity.FAULT or one.code == "manifest-stale"] == [], output
        assert list(work.vault.verify()) == [], output
        for digest in work.store.digests():
            assert all(show_paper(work, entry.id) for entry in digest.entries)
