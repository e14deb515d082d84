"""Show the archive on one page: coverage, troubles, growth, health and politeness.

The page is a file that needs nothing else, or one of the web pages, from the same templates. It contains no script and allows
none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from syncd.core.mailing import REACH
from syncd.core.mailing.expected_right import EXPECTED_RIGHT
from syncd.core.model import Certainty, State
from syncd.core.plural import pluralize
from syncd.core.values import dataclass
from syncd.report.error_messages import format_time
from syncd.report.history_text import describe_knowledge
from syncd.report.html import charts
from syncd.report.html.coverage_calendar import list_kinds, list_years
from syncd.report.html.page_templates import report_environment
from syncd.report.terminal import format_range
from syncd.report.text.alarms import describe_acknowledgement
from syncd.report.text.paper_lines import CERTAINTIES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from markupsafe import Markup

    from syncd.core.coverage import DayReport
    from syncd.core.report_facts import HostRequests, ReportFacts
    from syncd.core.results import Status
    from syncd.report.html.page_links import Links

SHOWN = 200
"""At most this many problems are listed. The rest is counted."""
MEASURED = "The share expected right was measured on papers of 2023, 2024 and 2026 whose dates are known."
_TROUBLED = (State.CONFLICT, State.FAILED, State.PARTIAL)


@dataclass(frozen=True, slots=True)
class Tile:
    """A fact of health: `kind` is good or bad, empty where it is neither, and `link` leads to more."""

    name: str
    value: str
    kind: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Weekday:
    """The mailings of a weekday: how many, and papers, new ones and cross-lists of one mailing on the average."""

    name: str
    mailings: int
    papers: float
    new: float
    cross: float
    bar: Markup


def html(facts: ReportFacts, links: Links) -> str:
    """Return the whole page as a file that needs nothing else."""
    return report_environment().get_template("report_file.html").render(make_values(facts, links)) + "\n"


def make_values(facts: ReportFacts, links: Links) -> dict[str, Any]:
    """Return what the template `report_body.html` shows."""
    days, problems = facts.status.days, list_problems(facts)
    found = charts.months(days)
    return {
        "facts": facts,
        "links": links,
        "held": describe_held(facts.status),
        "tiles": list_tiles(facts, links),
        "alarms": [(one, describe_acknowledgement(one)) for one in facts.status.troubles],
        "kinds": list_kinds(days),
        "years": list(list_years(days)),
        "problems": problems[:SHOWN],
        "left_out": max(len(problems) - SHOWN, 0),
        "growth": charts.growth(found, links.month),
        "open_month": found[-1].first if found and not found[-1].is_whole and found[-1].papers else None,
        "weekdays": list_weekdays(days),
        "certainties": list_certainties(facts),
        "certainty_shares": charts.draw_shares(
            [(f"c-{kind}", facts.placed.get(kind, 0)) for kind in Certainty], sum(facts.placed.values())
        ),
        "measured": MEASURED,
        "delays": _draw_delays(facts),
        "requests": _draw_requests(facts),
        "later": describe_later(facts),
        "shown": SHOWN,
        "pause_of": _pause,
    }


def list_weekdays(days: Sequence[DayReport]) -> list[Weekday]:
    """Return the weekdays that mailings have, Monday first, with the papers of one mailing on the average."""
    found = []
    for number in range(1, 8):
        its = [day for day in days if day.papers is not None and day.day.isoweekday() == number]
        if its:
            papers = sum(day.papers or 0 for day in its)
            new, cross = sum(day.new or 0 for day in its), sum(day.cross or 0 for day in its)
            found.append((f"{its[0].day:%A}", len(its), papers, new, cross))
    most = max((papers / count for _, count, papers, _, _ in found), default=0)
    return [
        Weekday(name, count, papers / count, new / count, cross / count, charts.draw_shares(
            [("new", round(new / count)), ("cross", round(cross / count)), ("unknown", round((papers - new - cross) / count))],
            round(most)))
        for name, count, papers, new, cross in found
    ]  # fmt: skip


def _draw_delays(facts: ReportFacts) -> Markup | None:
    bars = [
        charts.StackedBar(
            one.first,
            {"hour": one.hour, "day": one.day, "later": one.later},
            f"{one.first:%B %Y}: {one.hour} within an hour, {one.day} within a day, {one.later} later",
        )
        for one in facts.delays
    ]
    return charts.draw_bars(bars, "Mailings of each month by the time until they were recorded")


def _draw_requests(facts: ReportFacts) -> Markup | None:
    bars = [
        charts.StackedBar(
            one.first,
            {"answered": one.answered, "paused": one.paused, "failed": one.failed},
            f"{one.first:%B %Y}: {one.answered:,} answered, {one.paused:,} followed by a pause, {one.failed:,} failed otherwise",
        )
        for one in facts.requests
    ]
    return charts.draw_bars(bars, "Requests of each month")


def describe_held(status: Status) -> str:
    """Return in words which mailings are held, and how many papers."""
    held = [day for day in status.days if day.papers is not None]
    if not held:
        return "the archive holds no mailing yet"
    papers = sum(day.papers or 0 for day in held)
    return f"{format_range(held[0].day, held[-1].day)}: {pluralize(len(held), 'mailing')}, {pluralize(papers, 'paper')}"


def list_tiles(facts: ReportFacts, links: Links) -> list[Tile]:
    """Return the facts of health."""
    status = facts.status
    troubled = sum(day.state in _TROUBLED for day in status.days)
    asked = format_time(status.next_poll) if status.next_poll else "after a person releases the host"
    return [
        Tile("newest mailing", str(status.newest or "none"), link=links.day(status.newest) if status.newest else None),
        _judge("behind", status.lag, "mailing"),
        _judge("missing", len(status.gaps), "date"),
        _judge("in trouble", troubled, "date"),
        _judge_check(facts),
        Tile("next look at arXiv", asked, link=links.page("requests")),
    ]


def _judge(name: str, number: int, noun: str) -> Tile:
    kind = "bad" if number else "good"
    return Tile(name, pluralize(number, noun), kind, "#problems" if number else None)


def _judge_check(facts: ReportFacts) -> Tile:
    found = _judge("found by the last check", len(facts.problems), "problem")
    if not facts.unread:
        return found
    # That no problem was found in them is not known.
    return replace(
        found,
        value=f"{found.value}, {pluralize(facts.unread, 'changed file')} not read",
        kind="bad" if facts.problems else "",
    )


def list_problems(facts: ReportFacts) -> list[tuple[date | None, str, str, str]]:
    """Return the dates in trouble and what the check found: the date, what it is, why, and the command that helps."""
    gaps = frozenset(facts.status.gaps)
    rows: list[tuple[date | None, str, str, str]] = [
        (day.day, str(day.state), day.evidence, _help(day, facts.status))
        for day in reversed(facts.status.days)
        if day.state in _TROUBLED or day.day in gaps
    ]
    return rows + [(one.day, one.code, one.message, one.repair or "") for one in facts.problems]


def _help(day: DayReport, status: Status) -> str:
    """Return the command that helps a date in trouble."""
    if day.state is State.CONFLICT:
        return f"syncd repair {day.day} --accept-file, or --restore"
    within = status.newest is None or day.day >= status.newest - REACH
    return f"syncd sync {day.day}" if within else f"syncd backfill --since {day.day} --until {day.day}"


def list_certainties(facts: ReportFacts) -> list[tuple[str, str, int, str]]:
    """Return each certainty of a date, what it means, the number of entries, and the share expected to be right."""
    return [
        (kind, CERTAINTIES[kind], facts.placed[kind], f"{EXPECTED_RIGHT[kind]:.2%}" if kind in EXPECTED_RIGHT else "")
        for kind in Certainty
        if facts.placed.get(kind)
    ]


def describe_later(facts: ReportFacts) -> str:
    """Return in words how many announced papers changed later, as far as it is known."""
    words = f"The newest version: {describe_knowledge(facts.known)}."
    counts = f" Of these, {facts.revised:,} were revised later, and {facts.withdrawn:,} of those withdrawn."
    lost = f" The paragraphs of {pluralize(facts.paragraphs_unknown, 'abstract')} as announced are unknown."
    more = (counts if facts.known.asked else "") + (lost if facts.paragraphs_unknown else "")
    return words + more


def _pause(host: HostRequests) -> str:
    if host.stopped_since is not None:
        return f"stopped since {format_time(host.stopped_since)}"
    return f"until {format_time(host.cooldown_until)}" if host.cooldown_until is not None else ""
