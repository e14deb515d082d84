"""Findings of a date, and its history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.core.model import State
from tests.support.stored_mailings import NOW, THURSDAY, TUESDAY, WEDNESDAY, finding, two_papers

if TYPE_CHECKING:
    from syncd.archive.sql.store import Store

pytest_plugins = ("tests.support.postgres_server",)


def test_a_finding_is_put_replaced_and_dropped(store: Store) -> None:
    store.put_finding(finding(WEDNESDAY), finding(THURSDAY, State.NO_MAILING, response=None, error=None))
    store.put_finding(finding(WEDNESDAY, State.PARTIAL))
    assert store.findings() == {
        WEDNESDAY: finding(WEDNESDAY, State.PARTIAL),
        THURSDAY: finding(THURSDAY, State.NO_MAILING, response=None, error=None),
    }
    store.drop_finding(WEDNESDAY)
    assert store.finding(WEDNESDAY) is None
    assert store.finding(THURSDAY) is not None


def test_a_day_may_have_a_finding_and_a_mailing(store: Store) -> None:
    held = two_papers(WEDNESDAY, 1)
    store.put_mailing(*held)
    store.put_finding(finding(WEDNESDAY, State.CONFLICT))
    assert store.mailing(WEDNESDAY) == held[0]
    assert store.finding(WEDNESDAY) == finding(WEDNESDAY, State.CONFLICT)


def test_learnt_days_are_mailings_held_and_days_known_to_have_none(store: Store) -> None:
    nothing = finding(WEDNESDAY, State.NO_MAILING, response=None, error=None)
    store.put_mailing(*two_papers(TUESDAY, 1))
    store.put_mailing(*two_papers(WEDNESDAY, 2))
    store.put_finding(nothing, finding(THURSDAY, State.PARTIAL))
    assert store.list_learnt_days() == ({TUESDAY, WEDNESDAY}, {WEDNESDAY: nothing.evidence})
    assert store.list_learnt_days(TUESDAY, TUESDAY) == ({TUESDAY}, {})
    assert store.list_learnt_days(THURSDAY, THURSDAY) == (set(), {})


def test_history_keeps_what_was_replaced_and_dropped(store: Store) -> None:
    mailing, digest = two_papers(WEDNESDAY, 1)
    later = replace(mailing, state=State.COMPLETE, source="catchup", recorded=NOW + timedelta(hours=2))
    store.put_finding(finding(WEDNESDAY, recorded=NOW - timedelta(hours=1)))
    store.put_mailing(replace(mailing, state=State.ADOPTED), digest)
    store.drop_finding(WEDNESDAY)
    store.put_mailing(later, digest)
    assert [(one.state, one.source, one.sha256, one.papers) for one in store.history(WEDNESDAY)] == [
        (State.FAILED, "new", None, None),
        (State.ADOPTED, "new", mailing.sha256, 3),
        (State.COMPLETE, "catchup", mailing.sha256, 3),
    ]


def test_nothing_is_written_when_the_same_is_found_again(store: Store) -> None:
    store.put_mailing(*two_papers(WEDNESDAY, 1))
    store.put_mailing(*two_papers(WEDNESDAY, 1))
    for minutes in range(0, 90, 15):
        store.put_finding(finding(THURSDAY, State.PENDING, recorded=NOW + timedelta(minutes=minutes)))
    assert len(store.history(WEDNESDAY)) == 1
    assert len(store.history(THURSDAY)) == 1
    assert store.findings()[THURSDAY].recorded == NOW
