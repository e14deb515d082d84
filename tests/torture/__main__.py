"""Strike the commands of an archive with failing system calls and kills, and print a table: `make torture`.

    driver ─► zygote (syncd imported, shim loaded) ─► fork: the command, struck ─► fork: the healing command ─► compared

Short, it tries a sample for some minutes. SYNCD_LONG=HOURS goes on for hours.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random

from syncd.core import mailing
from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server
from tests.support.command_line import DAYS
from tests.support.generated_history import grown_history
from tests.support.small_archive import noon
from tests.torture.figures import record
from tests.torture.full_disk import FullDisk, can_mount
from tests.torture.scenarios import SCENARIOS, now
from tests.torture.strikes import Sweep, Tally
from tests.torture.zygote_client import Zygote, find_compiler

MINUTES = 4.0
ON_FULL_DISKS = ("adopt", "sync", "backfill", "repair", "replay")


def main() -> int:
    """Run the sweep for the time asked for, print the table, and return 1 where something was found."""
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__)
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("SYNCD_LONG") or 0) * 60 or MINUTES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=[one.name for one in SCENARIOS])
    parser.add_argument("--record", action="store_true", help="write the figures into docs/reliability.json")
    asked = parser.parse_args()
    if find_compiler() is None:
        print("make torture is skipped: no C compiler (cc) is here to make what lets system calls fail")
        return 0
    tallies = _run(asked.minutes, asked.seed, asked.only or [one.name for one in SCENARIOS])
    return _report(tallies, should_record=asked.record)


def _run(minutes: float, seed: int, names: list[str]) -> list[Tally]:
    end = time.monotonic() + minutes * 60
    today = now().date()
    history = grown_history(
        Random(2), today - timedelta(days=5), today + timedelta(days=3), 2, closed=mailing.calendar().missing
    )
    with ExitStack() as stack:
        memory = Path("/dev/shm")  # noqa: S108  a folder of its own is made in it
        room = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="syncd-torture-", dir=memory if memory.is_dir() else None)
            )
        )
        fixed = stack.enter_context(Server(small_history(), lambda: noon(DAYS[3])))
        current = stack.enter_context(Server(history, now))
        zygote = stack.enter_context(Zygote(room))
        sweeps = [
            Sweep(one, room, current if one.is_today else fixed, zygote, Random(f"{seed} {one.name}"))
            for one in SCENARIOS
            if one.name in names
        ]
        for sweep in sweeps:
            sweep.prepare()
        while time.monotonic() < end:
            for sweep in sweeps:
                sweep.strike()
        (large := room / "full").mkdir()
        disks = [
            FullDisk(one, large, fixed, zygote, Random(seed))
            for one in SCENARIOS
            if one.name in names and one.name in ON_FULL_DISKS and can_mount(room)
        ]
        for disk in disks:
            disk.prepare()
            disk.fill()
        return [sweep.tally for sweep in (*sweeps, *disks)]


def _report(tallies: list[Tally], *, should_record: bool) -> int:
    print(f"{'command':10} {'calls':>6} {'faults':>7} {'kills':>6} {'not reached':>12} {'exit codes':28} found")
    for one in tallies:
        codes = " ".join(f"{code}:{count}" for code, count in sorted(one.codes.items()))
        print(
            f"{one.name:10} {one.calls:6} {one.faults:7} {one.kills:6} {one.missed:12} {codes:28} {len(one.found) or 'nothing'}"
        )
    found = [line for one in tallies for line in one.found]
    print(*found, sep="\n")
    swept = [one for one in tallies if not one.is_full_disk]
    faults, kills = sum(one.faults for one in swept), sum(one.kills for one in swept)
    full = sum(one.faults for one in tallies if one.is_full_disk)
    words = (
        f"{faults} failing calls and {kills} kills in {len(swept)} commands, and {full} runs on full disks, all on SQLite: "
        f"{len(found)} found"
    )
    print(words)
    if should_record:
        record("make torture", words)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
