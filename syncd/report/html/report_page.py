"""Show the archive on one self-contained HTML page: coverage, troubles, growth, health and politeness.

Every foreign text is escaped. The page contains no script and allows none.
"""

from __future__ import annotations

from collections import Counter
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.core.mailing import EXPECTED_RIGHT, REACH
from syncd.core.markup import plain
from syncd.core.model import Certainty, State
from syncd.core.plural import pluralize
from syncd.core.printable import printable
from syncd.report.error_messages import format_time
from syncd.report.history_text import describe_knowledge, knowledge_fields
from syncd.report.html import charts
from syncd.report.html.style import STYLE
from syncd.report.json_fields import of_deletion, of_status
from syncd.report.terminal import format_range
from syncd.report.text.alarms import describe_acknowledgement
from syncd.report.text.paper_lines import CERTAINTIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from syncd.core.coverage import DayReport
    from syncd.core.paper_history import DeletedPaper
    from syncd.core.report_facts import HostRequests, ReportFacts
    from syncd.core.results import Status
    from syncd.report.json_fields import Fields

SHOWN = 200
"""At most this many problems are listed. The rest is counted."""
MEASURED = "The share expected right was measured on papers of 2023, 2024 and 2026 whose dates are known."
_TROUBLED = (State.CONFLICT, State.FAILED, State.PARTIAL)


def fields(facts: ReportFacts) -> Fields:
    """Return the content of the page as JSON fields."""
    months = [
        {"month": f"{one.first:%Y-%m}", "new": one.new, "cross": one.cross, "unknown": one.unknown}
        for one in charts.months(facts.status.days)
    ]
    return of_status(facts.status) | {
        "category": facts.category,
        "states": dict(Counter(day.state for day in facts.status.days)),
        "months": months,
        "problems": [{"date": _text(one.day), "code": one.code, "message": one.message} for one in facts.problems],
        "placed": {kind: facts.placed.get(kind, 0) for kind in Certainty},
        "expected_right": dict(EXPECTED_RIGHT),
        "papers": facts.papers,
        "revised": facts.revised if facts.known.asked else None,
        "withdrawn": facts.withdrawn if facts.known.asked else None,
        "known": knowledge_fields(facts.known),
        "deleted": [
            {"id": one.id, "date": str(one.day), "title": one.title} | of_deletion(one.deletion)
            for one in facts.deleted
        ],
        "paragraphs_unknown": facts.paragraphs_unknown,
        "hosts": [{"host": one.host, "count": one.count, "min_gap_s": one.min_gap} for one in facts.hosts],
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def html(facts: ReportFacts) -> str:
    """Return the whole page."""
    title = f"{facts.category} digests"
    return "\n".join([
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">""",
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>",
        f"<h1>{escape(title)}</h1>\n<p class=quiet>{describe_held(facts.status)}; as of {escape(format_time(facts.made))}</p>",
        "</header>\n<main>",
        *_sections(facts),
        "</main>\n</body>\n</html>\n",
    ])  # fmt: skip


def _sections(facts: ReportFacts) -> Iterator[str]:
    yield f"<section><h2>Health</h2>{_tiles(facts)}{_alarms(facts.status)}</section>"
    yield f"<section><h2>Coverage</h2>{_legend(facts.status.days)}{_years(facts.status.days)}</section>"
    pictured = charts.months(facts.status.days)
    yield f"<section><h2>Differences and open problems</h2>{_problems(facts)}</section>"
    kinds = (("new", "new"), ("cross", "cross-lists"), ("unknown", "section unknown"))
    key = " ".join(f'<span><i class="g-{kind}"></i>{name}</span>' for kind, name in kinds)
    yield f'<section><h2>Papers a month</h2><p class="legend">{key}</p>{charts.growth(pictured)}</section>'
    yield f"<section><h2>How certain the dates are</h2>{_certainties(facts)}</section>"
    yield f"<section><h2>Papers changed later</h2>{_later(facts)}</section>"
    yield f"<section><h2>Politeness</h2>{_politeness(facts.hosts)}</section>"


def describe_held(status: Status) -> str:
    """Return in words which mailings are held, and how many papers."""
    held = [day for day in status.days if day.papers is not None]
    if not held:
        return "the archive holds no mailing yet"
    papers = sum(day.papers or 0 for day in held)
    return f"{format_range(held[0].day, held[-1].day)}: {pluralize(len(held), 'mailing')}, {pluralize(papers, 'paper')}"


def list_tiles(facts: ReportFacts) -> list[tuple[str, str, str]]:
    """Return the facts of health: what each is about, its value, and whether it is good or bad, empty where it is neither."""
    status = facts.status
    troubled = sum(day.state in _TROUBLED for day in status.days)
    return [
        ("newest mailing", str(status.newest or "none"), ""),
        ("behind", pluralize(status.lag, "mailing"), "bad" if status.lag else "good"),
        ("missing", pluralize(len(status.gaps), "date"), "bad" if status.gaps else "good"),
        ("in trouble", pluralize(troubled, "date"), "bad" if troubled else "good"),
        ("in the last check", pluralize(len(facts.problems), "problem"), "bad" if facts.problems else "good"),
        ("next poll", format_time(status.next_poll) if status.next_poll else "after a person releases the host", ""),
    ]


def _tiles(facts: ReportFacts) -> str:
    tiles = list_tiles(facts)
    cells = (f'<div class="tile {kind}"><b>{escape(value)}</b>{name}</div>' for name, value, kind in tiles)
    return f'<div class="tiles">{"".join(cells)}</div>'


def _alarms(status: Status) -> str:
    rows = [
        (
            f"{one.since:%Y-%m-%d %H:%M} UTC" if one.since else "",
            one.key,
            one.message,
            one.help,
            describe_acknowledgement(one),
        )
        for one in status.troubles
    ]
    return _table(("since", "problem", "cause", "what to do", ""), rows) if rows else ""


def _legend(days: Iterable[DayReport]) -> str:
    counts = Counter(day.state for day in days)
    keys = (f'<span><i class="s-{state}"></i>{state} {counts[state]:,}</span>' for state in State if counts[state])
    return f'<p class="legend">{" ".join(keys)}</p>'


def _years(days: Sequence[DayReport]) -> str:
    parts = []
    for year, group in groupby(reversed(days), key=lambda day: day.day.year):
        its = list(group)
        papers = sum(day.papers or 0 for day in its)
        held = sum(day.papers is not None for day in its)
        head = f"<h3>{year} <small>{pluralize(held, 'mailing')}, {pluralize(papers, 'paper')}</small></h3>"
        parts.append(f'<div class="year">{head}<div class="scroll">{charts.calendar(year, its)}</div></div>')
    return "".join(parts)


def list_problems(facts: ReportFacts) -> list[tuple[str, str, str, str]]:
    """Return the dates in trouble and what the check found: the date, what it is, why, and the command that helps."""
    rows = [
        (str(day.day), str(day.state), day.evidence, _help(day, facts.status))
        for day in reversed(facts.status.days)
        if day.state in _TROUBLED or day.day in facts.status.gaps
    ]
    return rows + [(str(one.day or ""), one.code, one.message, one.repair or "") for one in facts.problems]


def _problems(facts: ReportFacts) -> str:
    rows = list_problems(facts)
    if not rows:
        return '<p class="quiet">None.</p>'
    more = f'<p class="quiet">and {len(rows) - SHOWN:,} more</p>' if len(rows) > SHOWN else ""
    return _table(("date", "what", "why", "repair"), rows[:SHOWN]) + more


def _help(day: DayReport, status: Status) -> str:
    """Return the command that helps a date in trouble."""
    if day.state is State.CONFLICT:
        return f"syncd repair {day.day} --accept-file, or --restore"
    within = status.newest is None or day.day >= status.newest - REACH
    return f"syncd sync {day.day}" if within else f"syncd backfill --since {day.day} --until {day.day}"


def list_certainties(facts: ReportFacts) -> list[tuple[str, str, str]]:
    """Return for each certainty of a date what it means, the number of entries, and the share expected to be right."""
    return [
        (CERTAINTIES[kind], f"{facts.placed[kind]:,}", f"{EXPECTED_RIGHT[kind]:.2%}" if kind in EXPECTED_RIGHT else "")
        for kind in Certainty
        if facts.placed.get(kind)
    ]


def _certainties(facts: ReportFacts) -> str:
    rows = list_certainties(facts)
    if not rows:
        return '<p class="quiet">None is held yet.</p>'
    table = _table(("the date of the entry", "entries", "expected right"), rows)
    return f'{table}<p class="quiet">{MEASURED}</p>'


def describe_later(facts: ReportFacts) -> str:
    """Return in words how many announced papers changed later, as far as it is known."""
    words = f"The newest version: {describe_knowledge(facts.known)}."
    counts = f" Of these, {facts.revised:,} were revised later, and {facts.withdrawn:,} of those withdrawn."
    lost = f" The paragraphs of {pluralize(facts.paragraphs_unknown, 'abstract')} as announced are unknown."
    more = (counts if facts.known.asked else "") + (lost if facts.paragraphs_unknown else "")
    return words + more


def _later(facts: ReportFacts) -> str:
    summary = f"<p>{escape(describe_later(facts))}</p>"
    rows = [
        (
            f"{one.when:%Y-%m-%d}",
            one.id,
            "withdrawn" if one.withdrawn else f"version {one.version}",
            f"{one.seen:%Y-%m-%d}",
            plain(one.title),
        )
        for one in facts.lately
    ]
    changed = _table(("changed", "paper", "to", "seen on", "title"), rows) if rows else ""
    return summary + changed + _deleted(facts.deleted)


def _deleted(papers: Sequence[DeletedPaper]) -> str:
    if not papers:
        return ""
    rows = [
        (str(one.day), one.id, f"{one.deletion.seen:%Y-%m-%d}", one.deletion.source, plain(one.title)) for one in papers
    ]
    summary = f"<p>{pluralize(len(papers), 'announced paper')} deleted upstream, as seen on the dates below.</p>"
    more = f'<p class="quiet">and {len(rows) - SHOWN:,} more</p>' if len(rows) > SHOWN else ""
    return summary + _table(("mailing", "paper", "seen on", "by", "title"), rows[:SHOWN]) + more


def _politeness(hosts: Sequence[HostRequests]) -> str:
    if not hosts:
        return '<p class="quiet">No request was sent yet.</p>'
    rows = [
        (
            one.host,
            f"{one.count:,}",
            "" if one.min_gap is None else f"{one.min_gap:.1f} s",
            str(one.last_status or ""),
            _pause(one),
        )
        for one in hosts
    ]
    return _table(("host", "requests", "shortest gap", "last status", "cooldown"), rows)


def _pause(host: HostRequests) -> str:
    if host.stopped_since is not None:
        return f"stopped since {format_time(host.stopped_since)}"
    return f"until {format_time(host.cooldown_until)}" if host.cooldown_until is not None else ""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(printable(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
