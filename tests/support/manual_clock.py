"""A clock that only moves when somebody sleeps, and settings for hosts that do not exist; nothing here sends anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from syncd.web import ClientSettings

if TYPE_CHECKING:
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
    """ClientSettings of a cautious archive, with `changes`."""
    return replace(_SETTINGS, **changes)


def settings_of(base: str, **changes: Any) -> ClientSettings:
    """ClientSettings in which everything is at the one address `base`."""
    places = {"listing_url": base, "oai_url": f"{base}/oai", "rss_url": base, "api_url": f"{base}/api/query"}
    return settings(**places, **changes)


class Clock:
    """Both clocks and the sleep; the calendar's may be set apart from the other, as a person or a server would."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.set_apart = timedelta(0)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds) + self.set_apart

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def pass_by(self, span: timedelta) -> None:
        self.seconds += span.total_seconds()
