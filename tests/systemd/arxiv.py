"""The loopback arXiv for the systemd test: serves on a port of its own until it is ended, and prints where.

It must not print anything else: its lines are taken as variables of the environment.
"""

from __future__ import annotations

import signal
import sys
import time
from datetime import UTC, date, datetime, timedelta
from random import Random

from syncd.core import mailing
from syncd.rehearsal.faults import status
from syncd.rehearsal.server import Server
from tests.support.generated_history import grown_history


def main(since: date, lag: timedelta) -> None:
    """Serve the mailings from `since` until a week from now, three papers each, and so much later than arXiv would.

    SIGUSR1: the next question is answered by a 403. SIGUSR2: what is late comes out.
    """
    until = datetime.now(UTC).date() + timedelta(days=7)
    history = grown_history(Random(2), since, until, 3, closed=mailing.calendar().missing)
    with Server(history, lambda: datetime.now(UTC), lag=lag) as server:
        for key, value in _settings(server.url).items():
            sys.stdout.write(f"SYNCD_UPSTREAM__{key}={value}\n")
        sys.stdout.flush()
        signal.signal(signal.SIGUSR2, lambda *_: setattr(server, "lag", timedelta()))
        signal.signal(signal.SIGUSR1, lambda *_: server.faults.add(status(403)))
        while True:
            time.sleep(3600)


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
    main(date.fromisoformat(sys.argv[1]), timedelta(seconds=int(sys.argv[2])))
