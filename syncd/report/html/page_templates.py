"""The templates of the report, of a comparison and of the web pages: every value is escaped."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from syncd.core import markup
from syncd.core.plural import pluralize
from syncd.core.printable import printable
from syncd.report.error_messages import format_time
from syncd.report.html.coverage_calendar import explain_days

STYLE_FILE = "style.css"
_DATES = re.compile(r"\d{4}-\d\d-\d\d(?:\.\.\d{4}-\d\d-\d\d)?")


def make_environment(loader: BaseLoader | None = None) -> Environment:
    """Return the templates of this folder, and those of another loader, which come first."""
    own = PackageLoader("syncd.report.html")
    made = Environment(
        loader=ChoiceLoader([loader, own]) if loader is not None else own,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {"pluralize": pluralize}
    made.filters |= {
        "title_html": show_title,
        "time": format_time,
        "moment": format_moment,
        "count": format_count,
        "safe_text": printable,
        "whole_dates": keep_dates_whole,
        "size": format_size,
        "day": format_day,
        "explained": explain_days,
    }
    return made


@cache
def report_environment() -> Environment:
    """Return the templates of files that need nothing else."""
    made = make_environment()
    # The few constants of a template are not worth a walk through it, as each is compiled for one page.
    made.optimized = False
    made.globals |= {"style": Markup(read_style())}  # noqa: S704  it is a file of this folder
    return made


def read_style() -> str:
    """Return the style sheet of the report and of the web pages."""
    loader = PackageLoader("syncd.report.html")
    return loader.get_source(Environment(loader=loader, autoescape=True), STYLE_FILE)[0]


def show_title(title: str) -> Markup:
    """Return a title of canonical HTML as text."""
    return escape(printable(markup.plain(title)))


def keep_dates_whole(text: str) -> Markup:
    """Return a text in which no line ends within a date or a range of dates."""
    safe = str(escape(printable(text)))
    return Markup(_DATES.sub(r'<span class="nowrap">\g<0></span>', safe))  # noqa: S704  it is escaped


def format_moment(when: date | datetime) -> str:
    """Return a date, or a time for people."""
    return format_time(when) if isinstance(when, datetime) else when.isoformat()


def format_day(day: date) -> str:
    """Return a date with its weekday."""
    return f"{day:%a} {day}"


def format_count(number: int) -> str:
    """Return a number with commas between thousands."""
    return f"{number:,}"


def format_size(size: int) -> str:
    """Return a number of bytes in the unit that keeps it short."""
    value, unit = float(size), "bytes"
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if value >= 100 or unit == "bytes" else f"{value:.1f} {unit}"
