"""Histories of the loopback arXiv in which one paper is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.rehearsal.history import Edition, History, Membership, Work, assemble

if TYPE_CHECKING:
    from datetime import date

    from syncd.core.model import PaperId


def changed(history: History, work: Work) -> History:
    """Return the same history with one paper replaced or added."""
    return assemble(history.days, {**history.by_id, work.id: work}.values())


def revised(history: History, paper: PaperId, later: Edition) -> History:
    """Return a history in which the paper has one more edition."""
    work = history.by_id[paper]
    return changed(history, replace(work, editions=(*work.editions, later)))


def cross_listed(history: History, paper: PaperId, member: Membership) -> History:
    """Return a history in which the paper joins a category. On a day after its own mailing this is a late cross-list."""
    work = history.by_id[paper]
    return changed(history, replace(work, memberships=(*work.memberships, member)))


def removed(history: History, paper: PaperId, category: str, until: date) -> History:
    """Return a history in which the paper loses a category.

    Pages of listing date `until` and later no longer count it, also for past days.
    """
    work = history.by_id[paper]
    kept = tuple(replace(m, until=until) if m.category == category else m for m in work.memberships)
    return changed(history, replace(work, memberships=kept))
