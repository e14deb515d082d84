"""Let two daemons and many commands ask at once, on both databases, and count broken rules: `make politeness`.

Ctrl-C or SIGTERM ends it with what was seen so far.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from tests.support.postgres_server import create_postgres_database, serve_postgres
from tests.support.stoppable_run import StopRequest, run_in_room
from tests.torture.crowd import Crowd, run_crowd
from tests.torture.figures import record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MINUTES = 1.0


def main() -> int:
    """Run the crowd on each database, print what the server's log shows, and return 1 where a rule was broken."""
    parser = argparse.ArgumentParser(prog="make politeness", description=__doc__)
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("SYNCD_LONG") or 0) * 60 or MINUTES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true", help="write the figures into docs/reliability.json")
    asked = parser.parse_args()
    return run_in_room("syncd-crowd-", partial(_run, asked), in_memory=False)


def _run(asked: argparse.Namespace, room: Path, stop: StopRequest) -> int:
    crowds = list(_run_all(room, asked.minutes * 60, asked.seed, stop))
    words = "; ".join(map(_describe, crowds))
    for crowd in crowds:
        print(f"{crowd.name}: exit codes", " ".join(f"{code}:{count}" for code, count in sorted(crowd.codes.items())))
    if stop.is_made():
        print("stopped: this is what was seen so far")
    print(*(line for crowd in crowds for line in crowd.violations), words, sep="\n")
    is_good = not any(crowd.violations for crowd in crowds)
    if asked.record and is_good:
        record("make politeness", f"{asked.minutes:g} minutes on each. {words}")
    elif asked.record:
        print("not recorded: a run with violations, or that tried no 403, is no proof")
    return 0 if is_good else 1


def _run_all(room: Path, seconds: float, seed: int, stop: StopRequest) -> Iterator[Crowd]:
    yield run_crowd("SQLite", room, None, Random(seed), seconds, stop=stop)
    if stop.is_made():
        return
    with serve_postgres() as server:
        if server is None:
            print("without PostgreSQL: no server binary is here")
            return
        url = create_postgres_database(server, "crowd", "template1")
        yield run_crowd("PostgreSQL", room, url, Random(seed), seconds, stop=stop)


def _describe(crowd: Crowd) -> str:
    counts = Counter(one.status for one in crowd.server.requests)
    statuses = ", ".join(f"{count} with {status}" for status, count in sorted(counts.items()))
    met, times = sum(one.met for one in crowd.forbidden), sum(one.met > 0 for one in crowd.forbidden)
    followed, released = (
        sum(one.followed for one in crowd.forbidden),
        sum(bool(one.answered) for one in crowd.forbidden),
    )
    return (
        f"{crowd.name}: {len(crowd.server.requests)} requests ({statuses}) of 2 daemons and {crowd.started} commands, "
        f"{crowd.kills} kills; arXiv forbade all {len(crowd.forbidden)} times: {met} requests met the 403 in {times} of them, "
        f"{followed} followed before it was released, {released} releases were answered; "
        f"{len(crowd.violations)} violations"
    )


if __name__ == "__main__":
    sys.exit(main())
