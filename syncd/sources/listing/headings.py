"""The headings of listing pages, today's and those of 2015-2024, as values.

It reads text in which every run of blanks is one blank. It knows no markup and no locale.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from syncd.core.dates import MONTH_NUMBERS, WEEKDAYS
from syncd.core.errors import LayoutUnknown
from syncd.core.model import Section
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from syncd.sources.listing.page import Kind, Part

_DAY = r"(?P<weekday>[A-Z][a-z]+), (?P<day>[0-9]{1,2}) (?P<month>[A-Z][a-z]+) (?P<year>[0-9]{4}|[0-9]{2})"
_COUNTS = (
    r"\((?P<words>continued, showing |continued, showing last |showing first |showing )"
    r"(?P<shown>[0-9]{1,6}) of (?P<total>[0-9]{1,6}) entries ?\)"
)
_SKIPPING = r"(?:, skipping first [0-9]+)?"

_NEW = re.compile(rf"Showing new listings for {_DAY}")
_CATCHUP = re.compile(rf"Catchup results for .+ on {_DAY}")
_RECENT = re.compile(rf"Authors and titles for recent submissions{_SKIPPING}")
_MONTH = re.compile(
    rf"Authors and titles for (?:\S+ in )?(?P<month>[A-Z][a-z]+) (?P<year>[0-9]{{4}}|[0-9]{{2}}){_SKIPPING}"
)
_SECTION = re.compile(
    rf"(?:New submissions|Cross submissions|Cross-lists|Replacement submissions|Replacements)(?: for {_DAY})?(?: {_COUNTS})?"
)
_RECENT_DAY = re.compile(rf"{_DAY}(?: {_COUNTS})?")

_PARTS: dict[str, Part] = {
    "showing ": "all",
    "showing first ": "first",
    "continued, showing ": "continued",
    "continued, showing last ": "last",
}
_SECTIONS = {"New": Section.NEW, "Cross": Section.CROSS, "Repla": Section.REPLACED}


@dataclass(frozen=True, slots=True)
class PageHeading:
    """What a page says it is. `day` is that of `Page`."""

    kind: Kind
    day: date | None


@dataclass(frozen=True, slots=True)
class BlockHeading:
    """What a heading over entries says. The fields are those of `PageBlock`."""

    section: Section | None
    day: date | None
    part: Part
    shown: int | None
    total: int | None


def read_page_heading(text: str) -> PageHeading | None:
    """Return the kind and day that a heading gives its page, None when it is no such heading."""
    if found := _NEW.fullmatch(text):
        return PageHeading("new", _day(found))
    if found := _CATCHUP.fullmatch(text):
        return PageHeading("catchup", _day(found))
    if _RECENT.fullmatch(text):
        return PageHeading("recent", None)
    if found := _MONTH.fullmatch(text):
        return PageHeading("month", date(_year(found), _month(found), 1))
    return None


def read_block_heading(text: str) -> BlockHeading | None:
    """Return the section or day that a heading announces, None when it announces none."""
    if found := _SECTION.fullmatch(text):
        section = next(value for word, value in _SECTIONS.items() if text.startswith(word))
        return _block(found, section)
    if found := _RECENT_DAY.fullmatch(text):
        return _block(found, None)
    return None


def _block(found: re.Match[str], section: Section | None) -> BlockHeading:
    day = _day(found) if found["weekday"] else None
    if not found["shown"]:
        return BlockHeading(section, day, "all", None, None)
    return BlockHeading(section, day, _PARTS[found["words"]], int(found["shown"]), int(found["total"]))


def _day(found: re.Match[str]) -> date:
    try:
        day = date(_year(found), _month(found), int(found["day"]))
    except ValueError:
        raise LayoutUnknown(f"no such date: {found[0]}", reason="heading-date") from None
    weekday = WEEKDAYS[day.weekday()]
    if found["weekday"] not in (weekday, weekday[:3]):
        raise LayoutUnknown(f"{day} is a {weekday}: {found[0]}", reason="heading-date")
    return day


def _year(found: re.Match[str]) -> int:
    year = int(found["year"])
    if len(found["year"]) == 2:
        year += 1900 if year >= 91 else 2000  # arXiv began in 1991
    if not 1991 <= year <= 2099:
        raise LayoutUnknown(f"not a year of arXiv: {found[0]}", reason="heading-date")
    return year


def _month(found: re.Match[str]) -> int:
    number = MONTH_NUMBERS.get(found["month"])
    if number is None:
        raise LayoutUnknown(f"no such month: {found[0]}", reason="heading-date")
    return number
