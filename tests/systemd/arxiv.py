"""The loopback arXiv for the systemd test: serves on a port of its own until it is ended, and prints where.

It must not print anything else: its lines are taken as variables of the environment.
"""

from __future__ import annotations

import signal
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from syncd.core import mailing
from syncd.rehearsal.faults import status
from syncd.rehearsal.history import Membership, assemble
from syncd.rehearsal.server import Server
from tests.support.generated_history import grown_history

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.rehearsal.history import History


def main(since: date, lag: timedelta, categories: Sequence[str]) -> None:
    """Serve the mailings from `since` until a week from now, three papers each, and so much later than arXiv would.

    With `categories`, every paper is in all of them, and each is primary for an equal share. SIGUSR1: the next question is
    answered by a 403. SIGUSR2: what is late comes out. SIGHUP: each request is printed as a line on standard error: begin and
    end in seconds, status, path.
    """
    until = datetime.now(UTC).date() + timedelta(days=7)
    history = grown_history(Random(2), since, until, 3 * max(len(categories), 1), closed=mailing.calendar().missing)
    history = _share_out(history, categories) if categories else history
    with Server(history, lambda: datetime.now(UTC), lag=lag) as server:
        for key, value in _settings(server.url).items():
            sys.stdout.write(f"SYNCD_UPSTREAM__{key}={value}\n")
        sys.stdout.flush()
        signal.signal(signal.SIGUSR2, lambda *_: setattr(server, "lag", timedelta()))
        signal.signal(signal.SIGHUP, lambda *_: _print_requests(server))
        signal.signal(signal.SIGUSR1, lambda *_: server.faults.add(status(403)))
        while True:
            time.sleep(3600)


def _share_out(history: History, categories: Sequence[str]) -> History:
    """Return the same papers in these categories, in turn with each as the primary one."""
    shared = []
    for number, work in enumerate(history.works):
        since = work.memberships[0].since
        turn = number % len(categories)
        names = (*categories[turn:], *categories[:turn])
        shared.append(replace(work, memberships=tuple(Membership(name, since) for name in names)))
    return assemble(history.days, shared)


def _print_requests(server: Server) -> None:
    for one in server.requests:
        sys.stderr.write(f"{one.start:.3f} {one.end:.3f} {one.status} {one.path}\n")
    sys.stderr.flush()


def _settings(url: str) -> dict[str, str]:
    return {
        "LISTING_URL": url,
        "OAI_URL": f"{url}/oai",
        "RSS_URL": url,
        "API_URL": f"{url}/api/query",
        "LISTING_INTERVAL": "0s",
        "API_INTERVAL": "0s",
        "TIMEOUT": "5s",
    }


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]), timedelta(seconds=int(sys.argv[2])), sys.argv[3:])
