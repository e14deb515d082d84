"""arXiv's mailings: the calendar, the windows, and on which day an id was announced.

Callers use the names exported here only; nothing in the package touches a network, a clock or a paper's text.
"""

from syncd.mailing.calendar import (
    Absence,
    Calendar,
    CalendarDay,
    calendar,
    days,
    due_between,
    is_due,
    with_learnt,
    without,
)
from syncd.mailing.windows import (
    NEW_YORK,
    announced_at,
    freeze_day,
    listing_date,
    newest_due,
    next_announcement,
    window,
)

__all__ = [
    "NEW_YORK",
    "Absence",
    "Calendar",
    "CalendarDay",
    "announced_at",
    "calendar",
    "days",
    "due_between",
    "freeze_day",
    "is_due",
    "listing_date",
    "newest_due",
    "next_announcement",
    "window",
    "with_learnt",
    "without",
]
