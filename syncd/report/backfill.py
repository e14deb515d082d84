"""A backfill and its plan, as JSON fields and as lines for a terminal."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.report import json_fields, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncd.core.results import BackfillPlan, BackfillResult, MonthComparison
    from syncd.report.json_fields import Fields


def fields(done: BackfillResult, months: Sequence[MonthComparison]) -> Fields:
    """What was done, how surely the papers were placed, and the months compared."""
    placed = {kind: done.placed[kind] for kind in done.placed}
    verified = [
        {
            "month": f"{month.year}-{month.month:02}",
            "papers": month.papers,
            "only_listed": list(month.only_listed),
            "only_known": list(month.only_known),
        }
        for month in months
    ]
    return json_fields.of_run(done.run) | {"placed": placed, "ended": done.ended, "verified": verified}


def lines(done: BackfillResult, months: Sequence[MonthComparison]) -> Iterator[str]:
    """What was done day by day, how surely the papers were placed, and the months compared."""
    yield from text.of_run(done.run, verb="backfill")
    if done.ended:
        yield "ended as it was told to; the same command goes on where this one was"
    total = sum(done.placed.values())
    if total:
        told = ", ".join(f"{count:,} {kind}" for kind, count in done.placed.items() if count)
        yield f"days of {total:,} papers: {told}"
    for month in months:
        yield f"{month.year}-{month.month:02}  {month.papers:,} papers listed; {_membership(month)}"


def _membership(month: MonthComparison) -> str:
    if not month.only_listed and not month.only_known:
        return "the same papers are known"
    return f"{len(month.only_listed)} of them not known, {len(month.only_known)} known and not listed"


def plan_fields(plan: BackfillPlan) -> Fields:
    """Every day with its source, and the cost."""
    days = [{"date": str(day.day), "state": day.state, "source": day.source} for day in plan.days]
    return {"days": days, "requests": plan.requests, "bytes": plan.bytes, "minutes": plan.minutes}


def plan_lines(plan: BackfillPlan) -> Iterator[str]:
    """The days by month and source, then the cost."""
    for key, group in groupby(plan.days, key=lambda day: (f"{day.day:%Y-%m}", day.source)):
        days = list(group)
        states = ", ".join(f"{count} {state}" for state, count in Counter(day.state for day in days).items())
        yield f"{key[0]}  {len(days):>3} days  from {key[1]:<8}  {states}"
    size = f"{plan.bytes / 1e6:,.0f} MB"
    yield f"{len(plan.days)} days; about {plan.requests} requests, {size}, {plan.minutes:g} minutes at the polite rate"
