"""APScheduler, used only to call one function in time. What is to be done then is decided elsewhere.

It keeps no job over a restart. A moment that was missed is made up for once.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import time
    from zoneinfo import ZoneInfo

_EVENINGS = "mon-thu,sun"
_JITTER = 30


class Scheduler:
    """Calls `turn` in a thread of its own, never twice at a time: at given moments, and on the evenings of announcements.

    No method waits for a call under way.
    """

    def __init__(self, turn: Callable[[], None]) -> None:
        # One thread, so that while it hangs nothing is called, and that can be seen. It is not the scheduler's own thread, which
        # holds a lock that every other method needs.
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=UTC,
        )
        self._turn = turn
        logging.getLogger("apscheduler").setLevel(logging.ERROR)

    def start(self) -> None:
        """Begin to call."""
        self._scheduler.start()

    def call_on_evenings(self, evening: time, zone: ZoneInfo) -> None:
        """Call at this time of every evening with an announcement, instead of the time asked for before.

        It is a second way to be woken, should a moment that was asked for have been wrong.
        """
        trigger = CronTrigger(
            day_of_week=_EVENINGS, hour=evening.hour, minute=evening.minute, timezone=zone, jitter=_JITTER
        )
        self._scheduler.add_job(self._turn, trigger, id="evening", replace_existing=True)

    def call_now(self) -> None:
        """Call at once, or as soon as the call under way has ended."""
        self.call_at(datetime.now(UTC))

    def call_at(self, moment: datetime) -> None:
        """Call at this moment (aware), besides all others asked for: a call too many finds nothing to do."""
        # The job has no id: one that is replaced while it runs would remove the new one when it ends.
        self._scheduler.add_job(self._turn, DateTrigger(moment))

    def stop(self) -> None:
        """Call no more. A call under way goes on."""
        self._scheduler.pause()
