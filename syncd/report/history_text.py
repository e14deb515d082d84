"""Show the history of a paper or a mailing as JSON fields and as lines, each fact with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core import markup
from syncd.core.plural import pluralize
from syncd.core.printable import printable
from syncd.report.error_messages import format_time
from syncd.report.line_wrap import wrap_prose
from syncd.report.terminal import format_range, paint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncd.core.model import PaperId
    from syncd.core.paper_history import AsOf, ChangedPaper, HistoryEvent, Knowledge, PaperHistory
    from syncd.report.json_fields import Fields


def paper_fields(life: PaperHistory) -> Fields:
    """Return the history of a paper, to be added to the fields of `show`."""
    versions = [{"number": v.number, "created": v.created.isoformat(), "withdrawn": v.withdrawn} for v in life.versions]
    seen = life.seen.isoformat() if life.seen else None
    categories = {
        "announced": list(life.then) if life.then_seen is None else [],
        "listed": list(life.then),
        "listed_seen": life.then_seen.isoformat() if life.then_seen else None,
        "current": list(life.now),
        "seen": seen,
    }
    fields: Fields = {"versions": versions, "categories": categories, "history": day_fields(life.events)}
    return fields | ({"as_of": _as_of_fields(life.as_of)} if life.as_of else {})


def day_fields(events: Iterable[HistoryEvent]) -> list[Fields]:
    """Return the events, oldest first."""
    return [{"when": one.when.isoformat(), "kind": one.kind, "what": one.what, "source": one.source} for one in events]


def _as_of_fields(shown: AsOf) -> Fields:
    return {
        "date": str(shown.day),
        "version": shown.version,
        "title": shown.title,
        "abstract": shown.abstract,
        "withdrawn": shown.withdrawn,
        "mailings": [str(day) for day in shown.mailings],
    }


def paper_lines(life: PaperHistory, width: int = 80, *, history: bool = True) -> Iterator[str]:
    """Yield the paper on the requested date, then (with `history`) its categories and all events."""
    if life.as_of is not None:
        yield from _as_of_lines(life.id, life.as_of, width)
    if not history:
        return
    yield ""
    yield from _categories(life)
    yield from day_lines(life.events, width)


def _categories(life: PaperHistory) -> Iterator[str]:
    listed = "as announced" if life.then_seen is None else f"as listed on {life.then_seen:%Y-%m-%d}"
    if life.then and life.now and life.then != life.now:
        yield f"categories {listed}: {' '.join(life.then)}; {_as_seen(life)}: {' '.join(life.now)}"
    elif life.now or life.then:
        yield f"categories {_as_seen(life) if life.now else listed}: {' '.join(life.now or life.then)}"


def _as_seen(life: PaperHistory) -> str:
    return f"as seen on {life.seen:%Y-%m-%d}" if life.seen is not None else "as seen later"


def _as_of_lines(paper: PaperId, shown: AsOf, width: int) -> Iterator[str]:
    if not shown.mailings and shown.version is None:
        yield f"{paper}  not announced by {shown.day}, according to this archive"
        return
    version = f"version {shown.version}" if shown.version else "version unknown"
    withdrawn = f", {paint('fault', 'withdrawn')}" if shown.withdrawn else ""
    yield paint("head", f"{paper} on {shown.day}") + f"  {version}{withdrawn}"
    if shown.title is None:
        yield "  the archive does not hold the text of that version"
        return
    for text in (shown.title, shown.abstract or ""):
        yield from (f"  {line}" for line in wrap_prose(printable(markup.plain(text)), width - 2))
        yield ""


def day_lines(events: Iterable[HistoryEvent], width: int = 80) -> Iterator[str]:
    """Yield the events, a line each, oldest first."""
    for one in events:
        when = one.when.isoformat() if len(one.when.isoformat()) == 10 else format_time(one.when)  # type: ignore[arg-type]
        text = f"{printable(one.what)}; {printable(one.source)}"
        lines = wrap_prose(text, max(width - 27, 20))
        yield f"{when:<25}  {lines[0] if lines else ''}".rstrip()
        yield from (" " * 27 + line for line in lines[1:])


def list_fields(found: Iterable[ChangedPaper], kind: str, known: Knowledge) -> Fields:
    """Return the announced papers that were withdrawn or revised later, and of how many that is known."""
    return {"list": kind, "papers": [change_fields(one) for one in found], "known": knowledge_fields(known)}


def change_fields(one: ChangedPaper) -> Fields:
    """Return an announced paper that was revised or withdrawn later."""
    return {
        "id": one.id,
        "date": str(one.day),
        "title": one.title,
        "version": one.version,
        "when": one.when.isoformat(),
        "withdrawn": one.withdrawn,
        "seen": one.seen.isoformat(),
    }


def knowledge_fields(known: Knowledge) -> Fields:
    """Return of how many announced papers the newest version is known, and when it was seen."""
    return {
        "announced": known.announced,
        "asked": known.asked,
        "first_seen": known.first_seen.isoformat() if known.first_seen else None,
        "last_seen": known.last_seen.isoformat() if known.last_seen else None,
    }


def describe_knowledge(known: Knowledge) -> str:
    """Return in words of how many announced papers the newest version is known, and when it was seen."""
    if not known.asked or known.first_seen is None or known.last_seen is None:
        return f"not asked: no source stated the newest version of any of the {pluralize(known.announced, 'announced paper')}"
    dates = format_range(known.first_seen.date(), known.last_seen.date())
    rest = known.announced - known.asked
    others = f"; the other {rest:,} were not asked about" if rest else ""
    return f"known of {known.asked:,} of {pluralize(known.announced, 'announced paper')}, as seen on {dates}{others}"


def list_lines(found: Iterable[ChangedPaper], kind: str, known: Knowledge) -> Iterator[str]:
    """Yield a line for each paper, by first mailing, then the number of papers and of how many that is known."""
    count = 0
    for one in found:
        count += 1
        withdrawn = f"  {paint('fault', 'withdrawn')}" if one.withdrawn and kind != "withdrawn" else ""
        seen = f"v{one.version} of {one.when:%Y-%m-%d}, seen {one.seen:%Y-%m-%d}"
        yield f"{one.day}  {one.id:<12}  {seen}{withdrawn}  {printable(markup.plain(one.title))}"
    if known.asked:
        yield f"{pluralize(count, 'paper')} {kind} since {'its' if count == 1 else 'their'} mailing"
    yield describe_knowledge(known)
