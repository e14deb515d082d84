"""arXiv's mailings: the calendar, the windows, and on which day an id was announced.

Callers use the names exported here only; nothing in the package touches a network, a clock or a paper's text.
"""

from syncd.core.mailing.calendar import (
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
from syncd.core.mailing.date_inference import Placement, Survey, Tally, place, survey
from syncd.core.mailing.evidence import Bound, bound
from syncd.core.mailing.learned_closings import Learnt
from syncd.core.mailing.windows import (
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
    "Bound",
    "Calendar",
    "CalendarDay",
    "Learnt",
    "Placement",
    "Survey",
    "Tally",
    "announced_at",
    "bound",
    "calendar",
    "days",
    "due_between",
    "freeze_day",
    "is_due",
    "listing_date",
    "newest_due",
    "next_announcement",
    "place",
    "survey",
    "window",
    "with_learnt",
    "without",
]
