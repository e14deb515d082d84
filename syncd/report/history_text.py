"""What happened to a paper or a mailing, and when: as JSON fields and as lines, each fact with where it comes from."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from syncd.core.markup import plain
from syncd.core.printable import printable
from syncd.report.error_messages import moment
from syncd.report.terminal import many, paint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncd.core.model import PaperId
    from syncd.core.paper_history import AsOf, Changed, Happening, PaperHistory
    from syncd.report.json_fields import Fields


def paper_fields(story: PaperHistory) -> Fields:
    """The history of a paper, to stand beside what `show` tells of it."""
    versions = [
        {"number": v.number, "created": v.created.isoformat(), "withdrawn": v.withdrawn} for v in story.versions
    ]
    categories = {"announced": list(story.then), "current": list(story.now)}
    fields: Fields = {"versions": versions, "categories": categories, "history": day_fields(story.happenings)}
    return fields | ({"as_of": _as_of_fields(story.as_of)} if story.as_of else {})


def day_fields(happenings: Iterable[Happening]) -> list[Fields]:
    """What happened, oldest first."""
    return [
        {"when": one.when.isoformat(), "kind": one.kind, "what": one.what, "source": one.source} for one in happenings
    ]


def _as_of_fields(shown: AsOf) -> Fields:
    return {
        "date": str(shown.day),
        "version": shown.version,
        "title": shown.title,
        "abstract": shown.abstract,
        "withdrawn": shown.withdrawn,
        "mailings": [str(day) for day in shown.mailings],
    }


def paper_lines(story: PaperHistory, width: int = 80, *, history: bool = True) -> Iterator[str]:
    """The paper on the date asked for, then (with `history`) its versions, its categories and all that happened."""
    if story.as_of is not None:
        yield from _as_of_lines(story.id, story.as_of, width)
    if not history:
        return
    yield ""
    yield from _categories(story)
    yield from day_lines(story.happenings, width)


def _categories(story: PaperHistory) -> Iterator[str]:
    if story.then and story.now and story.then != story.now:
        yield f"categories as announced: {' '.join(story.then)}; now: {' '.join(story.now)}"
    elif story.now or story.then:
        yield f"categories {'now' if story.now else 'as announced'}: {' '.join(story.now or story.then)}"


def _as_of_lines(paper: PaperId, shown: AsOf, width: int) -> Iterator[str]:
    if not shown.mailings and shown.version is None:
        yield f"{paper}  not announced by {shown.day}, as far as this archive knows"
        return
    said = f"version {shown.version}" if shown.version else "version not known"
    gone = f", {paint('fault', 'withdrawn')}" if shown.withdrawn else ""
    yield paint("head", f"{paper} on {shown.day}") + f"  {said}{gone}"
    if shown.title is None:
        yield "  the text of that version is not held"
        return
    for text in (shown.title, shown.abstract or ""):
        yield from (f"  {line}" for line in wrap(printable(plain(text)), width - 2))
        yield ""


def day_lines(happenings: Iterable[Happening], width: int = 80) -> Iterator[str]:
    """What happened, a line each, oldest first."""
    for one in happenings:
        when = one.when.isoformat() if len(one.when.isoformat()) == 10 else moment(one.when)  # type: ignore[arg-type]
        told = wrap(f"{printable(one.what)}; {printable(one.source)}", max(width - 27, 20))
        yield f"{when:<25}  {told[0] if told else ''}".rstrip()
        yield from (" " * 27 + line for line in told[1:])


def list_fields(found: Iterable[Changed], kind: str) -> Fields:
    """Announced papers that were withdrawn or revised since."""
    papers = [
        {
            "id": one.id,
            "date": str(one.day),
            "title": one.title,
            "version": one.version,
            "when": one.when.isoformat(),
            "withdrawn": one.withdrawn,
        }
        for one in found
    ]
    return {"list": kind, "papers": papers}


def list_lines(found: Iterable[Changed], kind: str) -> Iterator[str]:
    """A line a paper, by first mailing; then how many there are."""
    count = 0
    for one in found:
        count += 1
        gone = f"  {paint('fault', 'withdrawn')}" if one.withdrawn and kind != "withdrawn" else ""
        yield f"{one.day}  {one.id:<12}  v{one.version} of {one.when:%Y-%m-%d}{gone}  {printable(plain(one.title))}"
    yield f"{many(count, 'paper')} {kind} since {'its' if count == 1 else 'their'} mailing"
