"""arXiv's mailings: the calendar, the windows, and the date on which an id was announced.

Callers use only the names exported here. Nothing in the package touches a network, a clock or a paper's text.
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
from syncd.core.mailing.date_inference import EXPECTED_RIGHT, DateInference, InferredDate, Tally, infer_dates
from syncd.core.mailing.evidence import Bound, bound
from syncd.core.mailing.learned_closings import LearnedDate
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
    "EXPECTED_RIGHT",
    "NEW_YORK",
    "REACH",
    "Absence",
    "Bound",
    "Calendar",
    "CalendarDay",
    "DateInference",
    "InferredDate",
    "LearnedDate",
    "Tally",
    "add_closings",
    "add_missing",
    "announced_at",
    "bound",
    "calendar",
    "days",
    "due_between",
    "find_next_listing",
    "find_previous_listing",
    "find_unlisted_year",
    "infer_dates",
    "is_covered",
    "is_due",
    "list_possible_closings",
    "listing_date",
    "newest_due",
    "next_announcement",
    "remove_missing",
    "window",
]
