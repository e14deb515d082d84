"""When the next turn is due, by a clock that may be set back; it reads no clock and wakes nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

_ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Due:
    """The moment of the next turn (aware), the first at once.

    A moment reckoned by a clock that was ahead may be days off once that is put right: then a turn is due, to reckon anew.
    """

    moment: datetime = _ALWAYS
    is_asked_for: bool = False
    _asked: datetime = _ALWAYS

    def at_once(self) -> None:
        """Due whatever the moment, and whatever one a turn under way will name."""
        self.is_asked_for = True

    def has_come(self, now: datetime) -> bool:
        """Whether a turn is due at `now`; what `at_once` asked for is answered with it."""
        was_set_back = now < self._asked
        due = self.is_asked_for or was_set_back or self.moment <= now
        self.is_asked_for, self._asked = False, now
        return due
