"""Say in words how far long work has come: what is being done, how much of it, at which rate, and what time is left."""

from __future__ import annotations

from math import ceil, inf
from typing import TYPE_CHECKING

from syncd.core.plural import pluralize
from syncd.usecases.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

_ANNOUNCED_FROM = 60.0
"""Work that takes at least this many seconds at arXiv's rate limits says so before it starts."""
_MEASURED_FROM = 1.0
"""Seconds after which a rate says something."""


class ProgressText:
    """Turns reports of progress into words. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun = (0.0, 0)
        self.progress = Progress("")
        self.detail = ""

    def add(self, progress: Progress) -> str:
        """Take a report. Return what is to be said before the work starts, where it takes long. Mostly that is nothing."""
        self.detail = progress.detail
        if not progress.doing:
            return ""
        is_new = progress.doing != self.progress.doing
        self.progress = progress
        if not is_new:
            return ""
        self._begun = self._clock(), progress.done
        return self._announce()

    def describe(self, room: int | None = None) -> str:
        """Return one line: what is being done, how much is done, the time left, and the rate. What has no `room` is left out."""
        parts = list(filter(None, (self._count(), self._describe_left(), self._describe_rate())))
        while True:
            line = ": ".join(filter(None, (self.progress.doing, ", ".join(parts))))
            if room is None or len(line) <= room or not parts:
                return line
            parts.pop()

    def _announce(self) -> str:
        left, one = self._estimate_left(), self.progress
        if left is None or left < _ANNOUNCED_FROM:
            return ""
        about = "about " if one.is_estimate else ""
        count = about + pluralize(one.total - one.done, one.unit)
        return f"{one.doing}: {count}, about {format_duration(left)} at arXiv's rate limits"

    def _count(self) -> str:
        one = self.progress
        counted = pluralize(one.done, one.unit) if one.done else ""
        if one.share:
            return ", ".join(filter(None, (f"{one.share:.0%} of the file", counted)))
        if not one.total:
            return counted
        return f"{one.done:,} of {'about ' if one.is_estimate else ''}{pluralize(one.total, one.unit)}"

    def _describe_left(self) -> str:
        left = self._estimate_left()
        return f"about {format_duration(left)} left" if left else ""

    def _estimate_left(self) -> float | None:
        """Return the seconds left at the pace so far, but no less than arXiv's rate limits allow. None while nothing is known."""
        one = self.progress
        done, total = (round(one.share * 1000), 1000) if one.share else (one.done, one.total)
        if not total:
            return None
        seconds, more = self._measure(done)
        each = max(one.seconds_each, seconds / more if more else 0.0)
        return each * (total - done) if each else None

    def _measure(self, done: int) -> tuple[float, int]:
        """Return the seconds since this kind of work began, and how much of it was done in them."""
        since, first = self._begun
        return self._clock() - since, max(done - first, 0)

    def _describe_rate(self) -> str:
        seconds, more = self._measure(self.progress.done)
        if seconds < _MEASURED_FROM or not more:
            return ""
        # The first request waits for nothing, and must not promise a pace that arXiv does not allow.
        limit = 1 / self.progress.seconds_each if self.progress.seconds_each else inf
        rate = min(more / seconds, limit)
        for span, name in ((1, "a second"), (60, "a minute")):
            if rate * span >= 1:
                return f"{rate * span:,.0f} {name}"
        return f"{rate * 3600:,.0f} an hour"


def format_duration(seconds: float) -> str:
    """Return `50 s`, `16 min` or `2 h 05 min`, rounded up."""
    if seconds <= 59:
        return f"{max(ceil(seconds), 1)} s"
    minutes = ceil(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
