"""Show a comparison, and the plan of one, in each format that `diff` prints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from syncd.core.plural import pluralize
from syncd.report import json_fields
from syncd.report.diff import markdown, stat, unified
from syncd.report.diff import text as diff_text
from syncd.report.diff.unified import UNSAFE
from syncd.report.terminal import list_dates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncd.core.model import Change
    from syncd.core.results import Comparison
    from syncd.report.json_fields import Fields

FORMATS = ("text", "unified", "stat", "json", "ndjson", "markdown", "html")


def lines(compared: Comparison, form: str, *, width: int = 80, verbose: bool) -> Iterable[str]:
    """Return the lines of a comparison in one of FORMATS, except the two JSON formats. `width` is that of the terminal."""
    match form:
        case "unified":
            return unified.lines(compared.both)
        case "stat":
            return stat.lines(compared, width)
        case "markdown":
            return markdown.lines(compared)
        case "html":
            from syncd.report.diff import html

            return html.lines(compared)
        case _:
            return diff_text.of_diff(compared, verbose=verbose)


def fields(compared: Comparison) -> Fields:
    """Return the fields of the JSON contract, and the number of differences accepted before."""
    return json_fields.of_diff(compared) | {"accepted": len(compared.accepted)}


def json_line(change: Change) -> str:
    """Return one difference as a line of JSON. Characters that could control a terminal are escaped."""
    text = json.dumps(json_fields.of_change(change), ensure_ascii=False, default=str)
    return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


Routes = Sequence[tuple[str, Sequence[date]]]
"""Sources, each with its dates."""


def plan_fields(routes: Routes, requests: int, minutes: float) -> Fields:
    """Return every date with its source, and the cost."""
    days = [{"date": str(day), "source": source} for source, days in routes for day in days]
    return {"days": sorted(days, key=lambda day: day["date"]), "requests": requests, "minutes": minutes}


def plan_lines(routes: Routes, requests: int, minutes: float) -> Iterator[str]:
    """Yield the dates by source, then the cost."""
    for source, days in routes:
        if days:
            yield f"{source:<8}  {pluralize(len(days), 'date')}: {list_dates(sorted(days))}"
    yield f"at most about {pluralize(requests, 'request')}, {minutes:g} minutes at arXiv's rate limits; no request was sent"
