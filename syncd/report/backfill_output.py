"""Show a backfill and its plan, as JSON fields and as lines for a terminal."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.core.mailing.expected_right import EXPECTED_RIGHT
from syncd.core.plural import pluralize
from syncd.core.printable import printable
from syncd.report import json_fields
from syncd.report.error_messages import explain, explain_briefly
from syncd.report.text import runs

MOST_WARNINGS = 20
"""How many records that could not be read are named on standard error. JSON has all of them."""

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncd.core.errors import SyncdError
    from syncd.core.results import BackfillPlan, BackfillResult, LostRecord, MonthComparison
    from syncd.report.json_fields import Fields


def fields(done: BackfillResult, months: Sequence[MonthComparison]) -> Fields:
    """Return the days done, the papers by certainty of their date, and the months compared."""
    verified = [
        {
            "month": f"{month.year}-{month.month:02}",
            "papers": month.papers,
            "only_listed": list(month.only_listed),
            "only_known": list(month.only_known),
            "error": json_fields.error_fields(month.error),
        }
        for month in months
    ]
    outside = done.outside
    found = json_fields.of_run(done.run) | {
        "placed": dict(done.placed),
        "expected_right": dict(EXPECTED_RIGHT),
        "paragraphs_unknown": done.paragraphs_unknown,
        "ended": done.ended,
        "before_range": {"date": str(outside.first), "papers": outside.before} if outside else None,
        "after_range": {"date": str(outside.last), "papers": outside.after} if outside else None,
        "verified": verified,
        "unreadable": list(map(_lost_fields, done.lost)),
    }
    if done.texts_error is not None and done.run.error is None:
        found["error"] = json_fields.error_fields(done.texts_error)
    return found


def _lost_fields(lost: LostRecord) -> Fields:
    record = lost.record
    return {"where": record.where, "id": record.id, "why": record.why, "days": list(map(str, lost.days))}


def lines(done: BackfillResult, months: Sequence[MonthComparison]) -> Iterator[str]:
    """Yield the days done, the papers by certainty of their date, and the months compared."""
    yield from runs.of_run(done.run, verb="backfill")
    if done.lost:
        yield _count_lost(done.lost)
    if done.texts_error is not None:
        yield from _describe_lacking(done, done.texts_error)
    total = sum(done.placed.values())
    if total:
        counts = ", ".join(
            f"{count:,} {kind} ({EXPECTED_RIGHT[kind]:.2%} expected right)"
            for kind, count in done.placed.items()
            if count
        )
        yield f"certainty of the dates of {pluralize(total, 'paper')}: {counts}"
    if done.paragraphs_unknown:
        yield f"paragraphs unknown: {pluralize(done.paragraphs_unknown, 'abstract')} from the API, whose text was revised since"
    if done.outside is not None and done.outside.before:
        count = pluralize(done.outside.before, "paper")
        yield f"of mailings before {done.outside.first}: {count} of the metadata, not part of this run"
    for month in months:
        if month.error is not None:
            yield f"{month.year}-{month.month:02}  not compared: {explain_briefly(month.error)}"
            continue
        membership = "the archive knows the same papers"
        if month.only_listed or month.only_known:
            membership = (
                f"{len(month.only_listed)} of them unknown here, {len(month.only_known)} known here and not listed"
            )
        yield f"{month.year}-{month.month:02}  {pluralize(month.papers, 'paper')} listed; {membership}"


def warnings(lost: Sequence[LostRecord]) -> Iterator[str]:
    """Yield a line for each of the first records that could not be read, for standard error."""
    for one in lost[:MOST_WARNINGS]:
        named = f" ({one.record.id})" if one.record.id else ""
        yield printable(f"{one.record.where}{named} could not be read: {one.record.why}")
    if len(lost) > MOST_WARNINGS:
        yield f"{pluralize(len(lost) - MOST_WARNINGS, 'more record')} could not be read; --json lists them"


def _count_lost(lost: Sequence[LostRecord]) -> str:
    days = {day for one in lost for day in one.days}
    return f"{pluralize(len(lost), 'record')} could not be read; partial for that: {pluralize(len(days), 'day')}"


def _describe_lacking(done: BackfillResult, error: SyncdError) -> Iterator[str]:
    """Yield how many days lack texts that could not be asked for, and why."""
    lacking = sum(getattr(day.error, "reason", "") == "missing-texts" for day in done.run.days)
    explained = explain(error)
    yield f"texts as announced are missing for {pluralize(lacking, 'day')}: {explained.message}"
    if explained.help:
        yield f"  {explained.help}"


def plan_fields(plan: BackfillPlan) -> Fields:
    """Return every day with its source, and the cost."""
    days = [{"date": str(day.day), "state": day.state, "source": day.source} for day in plan.days]
    harvest = {"records": plan.harvest.records, "requests": plan.harvest.requests, "minutes": plan.harvest.minutes}
    costs = {"requests": plan.requests, "bytes": plan.bytes, "minutes": plan.minutes}
    return {"days": days, **costs, "metadata": harvest}


def plan_lines(plan: BackfillPlan) -> Iterator[str]:
    """Yield the days by month and source, then the cost."""
    for key, group in groupby(plan.days, key=lambda day: (f"{day.day:%Y-%m}", day.source)):
        days = list(group)
        states = ", ".join(f"{count} {state}" for state, count in Counter(day.state for day in days).items())
        yield f"{key[0]}  {len(days):>3} {'day ' if len(days) == 1 else 'days'}  from {key[1]:<8}  {states}"
    if plan.harvest.records:
        cost = f"{pluralize(plan.harvest.requests, 'request')}, {plan.harvest.minutes:g} minutes"
        yield f"metadata, before the first day is written: about {pluralize(plan.harvest.records, 'record')} in {cost}"
    size, requests = f"{plan.bytes / 1e6:,.0f} MB", pluralize(plan.requests, "request")
    yield f"{pluralize(len(plan.days), 'day')}; about {requests}, {size}, {plan.minutes:g} minutes at arXiv's rate limits"
