"""Strike the commands of an archive with failing system calls and kills, and print a table: `make torture`.

    driver ─► zygote (syncd imported, shim loaded) ─► fork: the command, struck ─► fork: the healing command ─► compared

Short, it tries a sample for some minutes. SYNCD_LONG=HOURS goes on for hours. Ctrl-C or SIGTERM ends it with what was tried so
far.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from syncd.core import mailing
from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server
from tests.support.command_line import DAYS
from tests.support.generated_history import grown_history
from tests.support.postgres_server import UNSAFE_AND_FAST, serve_postgres
from tests.support.small_archive import noon
from tests.support.stoppable_run import StopRequest, run_in_room
from tests.torture.databases import PostgresDatabase, SqliteDatabase
from tests.torture.figures import record
from tests.torture.full_disk import FullDisk, can_mount
from tests.torture.scenarios import SCENARIOS, now
from tests.torture.strikes import Surroundings, Sweep, Tally
from tests.torture.zygote_client import Zygote, find_compiler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.torture.databases import ArchiveDatabase

MINUTES = 4.0
EVERY = 100
"""Kills after which a line says how far it is."""
ON_FULL_DISKS = ("adopt", "sync", "backfill", "repair", "replay")


def main() -> int:
    """Run the sweep for the time asked for, print the table, and return 1 where something was found."""
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__)
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("SYNCD_LONG") or 0) * 60 or MINUTES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=[one.name for one in SCENARIOS])
    parser.add_argument("--record", action="store_true", help="write the figures into docs/reliability.json")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="without it: both")
    asked = parser.parse_args()
    if find_compiler() is None:
        print("make torture is skipped: no C compiler (cc) is here to make what lets system calls fail")
        return 0
    return run_in_room("syncd-torture-", partial(_run, asked))


def _run(asked: argparse.Namespace, room: Path, stop: StopRequest) -> int:
    """Strike, fill disks, and print the table: also that of a run that was stopped, or that ends with an exception."""
    sweeps: list[Sweep] = []
    disks: list[FullDisk] = []
    try:
        with ExitStack() as stack:
            sweeps += _make_sweeps(stack, asked, room)
            _strike_until(time.monotonic() + asked.minutes * 60, sweeps, stop)
            for disk in _make_disks(sweeps, room, asked.seed):
                if stop.is_made():
                    break
                disks.append(disk)
                disk.fill(stop)
    finally:
        code = _report([one.tally for one in (*sweeps, *disks)], is_stopped=stop.is_made(), should_record=asked.record)
    return code


def _make_sweeps(stack: ExitStack, asked: argparse.Namespace, room: Path) -> Iterator[Sweep]:
    today = now().date()
    history = grown_history(
        Random(2), today - timedelta(days=5), today + timedelta(days=3), 2, closed=mailing.calendar().missing
    )
    fixed = stack.enter_context(Server(small_history(), lambda: noon(DAYS[3])))
    current = stack.enter_context(Server(history, now))
    zygote = stack.enter_context(Zygote(room))
    for kind, make in _choose_databases(stack, asked.database):
        for one in SCENARIOS:
            if asked.only is None or one.name in asked.only:
                chance = Random(f"{asked.seed} {one.name}")
                here = Surroundings(current if one.is_today else fixed, zygote, chance)
                yield Sweep(one, room / kind, here, make(one.name))


def _make_disks(sweeps: list[Sweep], room: Path, seed: int) -> Iterator[FullDisk]:
    (large := room / "full").mkdir()
    if can_mount(room):
        for one in sweeps:
            if one.tally.database == "SQLite" and one.scenario.name in ON_FULL_DISKS and one.is_prepared:
                yield FullDisk(one, large, Random(seed))


def _strike_until(end: float, sweeps: list[Sweep], stop: StopRequest) -> None:
    """Strike with all sweeps in turn until this moment of the monotonic clock, or until a stop is asked for.

    Each is prepared at its first turn, so that a slow machine is seen to do something and can be stopped at any time.
    Print what is found at once, and a line for each hundred kills: a run that ends in another way is not lost.
    """
    said = 0
    while time.monotonic() < end and not stop.is_made():
        for sweep in sweeps:
            if stop.is_made() or time.monotonic() >= end:
                break
            if not sweep.is_prepared:
                _prepare(sweep)
            if found := sweep.strike():
                print(f"{sweep.tally.database}, {found}", flush=True)
        kills = sum(one.tally.kills for one in sweeps)
        if kills // EVERY > said:
            said = kills // EVERY
            print(f"{kills:,} kills, {sum(len(one.tally.found) for one in sweeps)} found", flush=True)


def _prepare(sweep: Sweep) -> None:
    """Prepare a sweep, and print how long that took."""
    begin = time.monotonic()
    sweep.prepare()
    seconds = time.monotonic() - begin
    print(
        f"{sweep.tally.name} on {sweep.tally.database} is prepared: {sweep.tally.calls} calls, {seconds:.1f} s",
        flush=True,
    )


def _choose_databases(stack: ExitStack, chosen: str | None) -> Iterator[tuple[str, Callable[[str], ArchiveDatabase]]]:
    """Yield how the database of a scenario is made, for each kind of database that is here."""
    if chosen != "postgresql":
        yield "sqlite", lambda _name: SqliteDatabase()
    if chosen != "sqlite":
        server = stack.enter_context(serve_postgres(*UNSAFE_AND_FAST))
        if server is None:
            print("without PostgreSQL: no server binary is here")
        else:
            yield "postgresql", partial(PostgresDatabase, server)


def _report(tallies: list[Tally], *, is_stopped: bool, should_record: bool) -> int:
    if is_stopped:
        print("stopped: this is what was tried so far")
    print(
        f"{'command':14} {'database':10} {'calls':>6} {'faults':>7} {'kills':>6} {'not reached':>12} {'exit codes':28} found"
    )
    for one in tallies:
        codes = " ".join(f"{code}:{count}" for code, count in sorted(one.codes.items()))
        counts = f"{one.calls:6} {one.faults:7} {one.kills:6} {one.missed:12}"
        print(f"{one.name:14} {one.database:10} {counts} {codes:28} {len(one.found) or 'nothing'}")
    found = [line for one in tallies for line in one.found]
    print(*found, sep="\n")
    full = sum(one.faults for one in tallies if one.is_full_disk)
    swept = "; ".join(_count(tallies, kind) for kind in dict.fromkeys(one.database for one in tallies))
    words = f"{swept}; {full} runs on full disks: {len(found)} found"
    print(words)
    if should_record:
        record("make torture", words)
    return 1 if found else 0


def _count(tallies: list[Tally], database: str) -> str:
    swept = [one for one in tallies if one.database == database and not one.is_full_disk]
    faults, kills = sum(one.faults for one in swept), sum(one.kills for one in swept)
    return f"{database}: {faults:,} failing calls and {kills:,} kills in {len(swept)} commands"


if __name__ == "__main__":
    sys.exit(main())
