"""Find the days to which records that could not be read could belong, by the ids around them, and keep those days open.

arXiv gives ids at the announcement, in one ascending block for each mailing: a paper was announced between the papers with the
next lower and the next higher id.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from syncd.core.errors import PartialPage
from syncd.core.model import Finding, PaperId, State
from syncd.core.plural import pluralize
from syncd.core.results import DayOutcome, Done, LostRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from syncd.core.mailing.date_inference import InferredDate
    from syncd.core.model import Unreadable
    from syncd.usecases.workspace import Workspace

REASON = "bad-records"
_LAST_OF_OLD_STYLE = date(2007, 3, 31)
"""The day before arXiv began to give ids of the new style."""
_NAMED = re.compile(r"\b\d{4}\.\d{4,5}\b")
_MAX_NAMED = 20
"""How many records the evidence of a day names. The others are only counted."""


def charge(
    dates: Sequence[InferredDate], unread: Iterable[Unreadable], days: Collection[date]
) -> tuple[LostRecord, ...]:
    """Return the records with those of `days` to which each could belong. `dates` are those of all known papers, by id.

    It is no day where the paper is known all the same, from another source or an earlier harvest.
    """
    wanted = sorted(days)
    found = []
    for record in unread:
        first, last = _find_range(dates, record)
        possible = [day for day in wanted if (not first or first <= day) and (not last or day <= last)]
        is_known = record.id is not None and _is_known(dates, record.id)
        found.append(LostRecord(record, () if is_known else tuple(possible)))
    return tuple(found)


def find_day(dates: Sequence[InferredDate], paper: PaperId) -> date | None:
    """Return the day of a paper, or of the one with the next lower id. None where there is none."""
    at = bisect_left(dates, paper, key=_id_of)
    if at < len(dates) and dates[at].id == paper:
        return dates[at].day
    return dates[at - 1].day if at else None


def _is_old_style(paper: PaperId) -> bool:
    return not paper[0].isdigit()


def _id_of(known: InferredDate) -> PaperId:
    return known.id


def _is_known(dates: Sequence[InferredDate], paper: PaperId) -> bool:
    at = bisect_left(dates, paper, key=_id_of)
    return at < len(dates) and dates[at].id == paper


def _find_range(dates: Sequence[InferredDate], record: Unreadable) -> tuple[date | None, date | None]:
    """Return the first and the last day on which the record may have been announced, None where nothing says so."""
    after, before = (record.id, record.id) if record.id else (record.after, record.before)
    if after is not None and _is_old_style(after) and (before is None or _is_old_style(before)):
        return date.min, _LAST_OF_OLD_STYLE
    if before is not None and (_is_old_style(before) or (after is not None and after > before)):
        # Ids of the old style stand behind all others. Otherwise the order in which the records came says nothing of this id.
        after, before = (after if _is_old_style(before) else None), None
    first = find_day(dates, after) if after is not None else None
    at = len(dates) if before is None else bisect_left(dates, before, key=_id_of)
    last = dates[at].day if at < len(dates) else None
    # No paper is announced after its last modification.
    if record.datestamp is not None and (first is None or first <= record.datestamp):
        last = min(last or record.datestamp, record.datestamp)
    return first, last


def keep_possible(work: Workspace, lost: Iterable[LostRecord], missing: Collection[date]) -> list[LostRecord]:
    """Return the records with those of their days that may lack them: `missing` ones, and mailings that were reconstructed.

    It is no day where a mailing of the archive has the paper.
    """
    found = list(lost)
    days = {day for one in found for day in one.days}
    held = work.store.mailings(min(days), max(days)) if days else {}
    open_days = {day for day in days if day in missing or (day in held and held[day].state is State.RECONSTRUCTED)}
    result = []
    for one in found:
        is_held = one.record.id is not None and bool(work.store.list_appearances(one.record.id))
        result.append(replace(one, days=() if is_held else tuple(day for day in one.days if day in open_days)))
    return result


def group_by_day(lost: Iterable[LostRecord]) -> dict[date, list[Unreadable]]:
    """Return the records that could belong to each day."""
    found: dict[date, list[Unreadable]] = {}
    for one in lost:
        for day in one.days:
            found.setdefault(day, []).append(one.record)
    return found


def keep_open(work: Workspace, lost: Mapping[date, Sequence[Unreadable]], source: str) -> Iterator[DayOutcome]:
    """Record days as partial because of records that could not be read, and yield their outcomes."""
    findings = [
        Finding(day, State.PARTIAL, source, _describe(records), None, REASON, work.wall())
        for day, records in sorted(lost.items())
    ]
    work.store.put_finding(*findings)
    yield from (report_open(work, found) for found in findings)


def report_open(work: Workspace, found: Finding) -> DayOutcome:
    """Return the outcome of a day that records which could not be read keep open."""
    error = PartialPage(found.evidence, reason=REASON, day=found.day)
    held = work.report(found.day).papers
    return DayOutcome(found.day, State.PARTIAL, Done.REFUSED, papers=held, error=error, source=found.source)


def close_read(work: Workspace, days: Collection[date], source: str) -> list[Finding]:
    """Drop what was recorded of days because of records that can be read by now. Return what stays.

    OAI has every record. A snapshot may be older than the record that OAI could not give: what OAI kept open it closes only where
    it has the papers.
    """
    staying = []
    for day, found in work.store.findings(min(days), max(days)).items() if days else ():
        if day not in days or found.error != REASON:
            continue
        named = {PaperId(one) for one in _NAMED.findall(found.evidence)}
        if source == "snapshot" != found.source and named - work.store.get_current_papers(named).keys():
            staying.append(found)
        else:
            work.store.drop_finding(day)
    return staying


def are_records_known(work: Workspace, found: Finding) -> bool:
    """Return whether each record that kept a day open can be read by now. True for a day that is open for another reason.

    A record without an id counts as not known.
    """
    if found.error != REASON:
        return True
    named = {PaperId(one) for one in _NAMED.findall(found.evidence)}
    is_each_named = found.evidence.startswith(f"{pluralize(len(named), 'record')} ")
    return is_each_named and work.store.get_current_papers(named).keys() == named


def _describe(records: Sequence[Unreadable]) -> str:
    """Return in words what may be missing on a day."""
    named = ", ".join(f"{record.id or record.where} ({record.why})" for record in records[:_MAX_NAMED])
    more = f", and {len(records) - _MAX_NAMED} more" if len(records) > _MAX_NAMED else ""
    return f"{pluralize(len(records), 'record')} that may belong to it could not be read: {named}{more}"
