"""The loopback arXiv for the systemd test: serves on a port of its own until it is ended, and prints its configuration."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from random import Random

from syncd import mailing
from syncd.rehearsal.growth import grown_history
from syncd.rehearsal.server import Server, config_text


def main(folder: str) -> None:
    """Serve the mailings of the last eight days and the next three."""
    today = datetime.now(UTC).date()
    since, until = today - timedelta(days=8), today + timedelta(days=3)
    history = grown_history(Random(2), since, until, 3, closed=mailing.calendar().missing)
    with Server(history, lambda: datetime.now(UTC)) as server:
        sys.stdout.write(config_text(server, folder))
        sys.stdout.flush()
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main(sys.argv[1])
