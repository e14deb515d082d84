"""A clock that moves only when the code under test sleeps, and settings for hosts that do not exist.

Nothing here sends anything.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from syncd.web import ClientSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NOON = datetime(2026, 8, 7, 12, tzinfo=UTC)
LISTING = "https://listing.example/list/cs.CV/new"
OAI = "https://oai.example/oai?verb=Identify"
RSS = "https://rss.example/rss/cs.CV"
API = "https://api.example/api/query"

_SETTINGS = ClientSettings(
    listing_url="https://listing.example",
    oai_url="https://oai.example/oai",
    rss_url="https://rss.example",
    api_url="https://api.example/api/query",
    contact="keeper@archive.example",
    listing_interval=timedelta(seconds=15),
    api_interval=timedelta(seconds=3),
    timeout=timedelta(seconds=30),
    max_body=100_000,
    proxy="",
)


def settings(**changes: Any) -> ClientSettings:
    """Return settings with arXiv's intervals, with `changes`."""
    return replace(_SETTINGS, **changes)


def settings_of(base: str, **changes: Any) -> ClientSettings:
    """Return settings in which every service is at the one address `base`."""
    urls = {"listing_url": base, "oai_url": f"{base}/oai", "rss_url": base, "api_url": f"{base}/api/query"}
    return settings(**urls | changes)


def never(_seconds: float, _do: Callable[[], None]) -> Callable[[], None]:
    """Start no timer: no request comes to its latest end."""
    return lambda: None


class Clock:
    """A calendar clock, a monotonic clock and the sleep that moves both.

    `offset` is added to the calendar clock alone, as when a person or a time server sets it.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.offset = timedelta(0)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds) + self.offset

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def advance(self, span: timedelta) -> None:
        self.seconds += span.total_seconds()
