"""arXiv's mailings: the calendar, the windows, and the date on which an id was announced.

Callers use the names exported here. Those of `date_inference` and `evidence`, which few commands need, are imported from there.
Nothing in the package touches a network, a clock or a paper's text.
"""

from syncd.core.mailing.calendar import (
    Absence,
    Calendar,
    CalendarDay,
    add_closings,
    add_missing,
    calendar,
    days,
    due_between,
    find_next_listing,
    find_previous_listing,
    find_unlisted_year,
    is_covered,
    is_due,
    list_possible_closings,
    remove_missing,
)
from syncd.core.mailing.windows import (
    NEW_YORK,
    REACH,
    announced_at,
    listing_date,
    newest_due,
    next_announcement,
    window,
)

__all__ = [
    "NEW_YORK",
    "REACH",
    "Absence",
    "Calendar",
    "CalendarDay",
    "add_closings",
    "add_missing",
    "announced_at",
    "calendar",
    "days",
    "due_between",
    "find_next_listing",
    "find_previous_listing",
    "find_unlisted_year",
    "is_covered",
    "is_due",
    "list_possible_closings",
    "listing_date",
    "newest_due",
    "next_announcement",
    "remove_missing",
    "window",
]
