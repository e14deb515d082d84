"""The status of a small archive at many hours of many days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.core.mailing import NEW_YORK
from syncd.core.model import Finding, State
from syncd.core.results import Rest
from syncd.core.troubles import is_well
from syncd.report.text import status_lines
from syncd.usecases.ingest.adopt import adopt
from syncd.usecases.inspect.status import next_poll, status
from syncd.usecases.reconcile.write import Provenance, write_mailing
from syncd.usecases.upstream import open_ledger
from syncd.usecases.workspace import Access
from tests.support.row_damage import lose
from tests.support.sound_archive import DAY, LISTED, PLAIN, Held, copied, invented

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.core.results import Status

MONDAY = date(2021, 4, 5)
HOW = Provenance(State.COMPLETE, "catchup", "heading of a page", None)


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


@pytest.fixture
def empty(tmp_path: Path) -> Held:
    (tmp_path / "empty").mkdir()
    return Held(tmp_path / "empty")


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK)


def run(here: Held, now: datetime | None = None, since: date | None = None, until: date | None = None) -> Status:
    here.now = now or here.now
    with here.open(Access.CREATE) as work:
        return status(work, since, until)


def test_a_range_that_ends_long_ago_does_not_bring_old_dates_within_reach(held: Held) -> None:
    with held.open(Access.CREATE) as work:
        found = Finding(PLAIN, State.PARTIAL, "oai", "one is missing", None, "bad-records", work.wall())
        work.store.put_finding(found)
    shown = run(held, at(DAY + timedelta(days=100), 12), until=LISTED)
    (line,) = (line for line in status_lines.of_status(shown) if line.startswith("missing"))
    assert f"syncd backfill --since {shown.gaps[0]}" in line
    assert "syncd sync" not in line


def test_every_date_of_the_ledger_has_one_line(held: Held) -> None:
    found = run(held)
    assert [(one.day, one.state) for one in found.days] == [
        (MONDAY, State.PENDING),
        (PLAIN, State.ADOPTED),
        (DAY, State.ADOPTED),
        (LISTED, State.COMPLETE),
    ]
    assert all(one.evidence for one in found.days)
    assert (found.newest, found.gaps, found.lag) == (LISTED, (MONDAY,), 0)


LAGS = [
    ("noon, all held", at(LISTED, 12), 0, at(LISTED, 20)),
    ("a minute to eight", at(LISTED, 19, 59), 0, at(LISTED, 20)),
    ("eight, the next is due", at(LISTED, 20), 1, at(LISTED, 20)),
    ("the small hours", at(date(2021, 4, 9), 2), 1, at(date(2021, 4, 9), 2)),
    ("Saturday", at(date(2021, 4, 10), 12), 1, at(date(2021, 4, 10), 12)),
    ("Sunday evening", at(date(2021, 4, 11), 20), 2, at(date(2021, 4, 11), 20)),
]


@pytest.mark.parametrize(("now", "lag", "poll"), [row[1:] for row in LAGS], ids=[row[0] for row in LAGS])
def test_lag_and_next_poll_by_the_hour(held: Held, now: datetime, lag: int, poll: datetime) -> None:
    found = run(held, now)
    assert (found.lag, found.next_poll) == (lag, poll)
    assert found.days[-1].day == (now.date() + timedelta(days=1) if now.hour >= 20 else now.date())


def test_over_a_weekend_the_next_poll_is_on_sunday_evening(held: Held) -> None:
    friday = date(2021, 4, 9)
    with held.open() as work:
        write_mailing(work, invented(friday), HOW)
    for now in (at(friday, 20, 30), at(date(2021, 4, 10), 12), at(date(2021, 4, 11), 19)):
        found = run(held, now)
        assert (found.lag, found.next_poll) == (0, at(date(2021, 4, 11), 20))
        assert found.days[-1].state is State.NO_MAILING


def test_before_a_holiday_the_next_poll_skips_it(held: Held) -> None:
    before, holiday = date(2026, 7, 3), date(2026, 7, 6)
    held.overrides["archive.since"] = "2026-07-03"
    held.now = at(before, 12)
    with held.open() as work:
        write_mailing(work, invented(before), HOW)
    found = run(held, at(date(2026, 7, 5), 21))
    assert (found.lag, found.days[-1].day, found.days[-1].state) == (0, holiday, State.NO_MAILING)
    assert found.next_poll == at(holiday, 20)


@pytest.mark.parametrize(("friday", "offset"), [(date(2026, 3, 6), 4), (date(2026, 10, 30), 5)])
def test_the_next_poll_is_at_eight_across_a_change_of_the_clocks(held: Held, friday: date, offset: int) -> None:
    held.now = at(friday, 12)
    with held.open() as work:
        write_mailing(work, invented(friday), HOW)
    found = run(held, at(friday, 21))
    assert found.next_poll == at(friday + timedelta(days=2), 20)
    assert found.next_poll is not None
    assert found.next_poll.astimezone(UTC).hour == 20 + offset - 24


def test_an_empty_archive_lags_from_its_begin_and_polls_now(empty: Held) -> None:
    found = run(empty)
    assert (found.newest, found.gaps, found.lag, found.next_poll) == (None, (), 4, empty.now)
    assert [one.state for one in found.days] == [State.PENDING] * 4
    assert not is_well(found.troubles)


def test_where_nothing_is_due_yet_the_first_poll_is_that_of_the_begin(empty: Held) -> None:
    empty.overrides["archive.since"] = "2021-04-17"
    found = run(empty)
    assert (found.days, found.lag, found.next_poll) == ((), 0, at(date(2021, 4, 18), 20))


def test_the_ledger_begins_with_the_oldest_mailing_held(held: Held) -> None:
    old = date(2021, 3, 31)
    (held.folder / "old.md").write_bytes(digests.render(invented(old)))
    with held.open() as work:
        adopt(work, [held.folder / "old.md"])
    found = run(held)
    assert found.days[0].day == old
    assert date(2021, 4, 1) in found.gaps


def test_a_part_of_the_ledger_leaves_the_sums_as_they_are(held: Held) -> None:
    whole, part = run(held), run(held, since=DAY, until=DAY)
    assert [one.day for one in part.days] == [DAY]
    assert (part.gaps, part.lag, part.newest) == (whole.gaps, whole.lag, whole.newest)


def test_what_lies_beyond_the_ledger_is_reported_when_asked_for(held: Held) -> None:
    found = run(held, since=date(2021, 4, 1), until=date(2021, 4, 12))
    assert [one.day for one in found.days] == [date(2021, 4, number) for number in range(1, 13)]
    assert [one.state for one in found.days][-4:] == [State.FUTURE, State.NO_MAILING, State.NO_MAILING, State.FUTURE]
    assert date(2021, 4, 1) not in found.gaps
    assert run(held, since=DAY, until=PLAIN).days == ()


@pytest.mark.parametrize("state", [State.CONFLICT, State.FAILED, State.PARTIAL])
def test_trouble_is_the_state_and_not_healthy(held: Held, state: State) -> None:
    with held.open() as work:
        write_mailing(work, invented(MONDAY), HOW)
        assert is_well(status(work).troubles)
        work.store.put_finding(Finding(MONDAY, state, "catchup", "trouble"))
        found = status(work)
        assert not is_well(found.troubles)
    assert found.days[0].state is state


def test_a_day_learnt_to_have_no_mailing_is_no_gap(held: Held) -> None:
    with held.open() as work:
        work.store.put_finding(Finding(MONDAY, State.NO_MAILING, "catchup", "an empty page"))
        found = status(work)
    assert (found.gaps, found.days[0].evidence) == ((), "an empty page")


def test_a_year_without_a_list_of_closings_is_named_where_a_date_is_not_held(held: Held) -> None:
    assert run(held).unlisted_years == ()
    day = date(2027, 1, 19)
    found = run(held, at(day, 12), since=day)
    assert found.unlisted_years == (2027,)
    assert found.days[0].evidence.endswith("unless this is a closing: no list of closings is known for 2027")
    with held.open() as work:
        write_mailing(work, invented(day), HOW)
    assert run(held, at(day, 12), since=day, until=day).unlisted_years == ()


def test_the_morning_after_a_possible_closing_is_healthy_in_an_unlisted_year_only(held: Held) -> None:
    held.overrides["archive.since"] = "2027-01-15"
    with held.open() as work:
        write_mailing(work, invented(date(2027, 1, 15)), HOW)
        write_mailing(work, invented(date(2027, 1, 18)), HOW)
    held.now = at(date(2027, 1, 19), 9)
    with held.open() as work:
        assert is_well(status(work).troubles)
    held.now = at(date(2027, 1, 20), 9)
    with held.open() as work:
        assert not is_well(status(work).troubles)


def test_a_resting_host_is_polled_when_its_rest_is_over(held: Held) -> None:
    now = at(LISTED, 21)
    held.now = now
    until = (now + timedelta(hours=2)).astimezone(UTC)
    with held.open() as work:
        assert next_poll(work, work.calendar(), LISTED, [Rest("127.0.0.1", until)]) == until
        assert next_poll(work, work.calendar(), LISTED, [Rest("elsewhere.example", until)]) == now
        assert next_poll(work, work.calendar(), LISTED, [Rest("elsewhere.example", None)]) is None
        assert next_poll(work, work.calendar(), LISTED, [Rest("127.0.0.1", until - timedelta(hours=3))]) == now


def test_cooldowns_of_the_ledger_are_reported(held: Held) -> None:
    with held.open() as work:
        with open_ledger(work) as ledger:
            ledger.start_cooldown("127.0.0.1", timedelta(minutes=5), status=429, reason="slow down")
        (rest,) = status(work).rests
    assert rest.host == "127.0.0.1"


def test_status_changes_nothing(held: Held) -> None:
    before = held.snapshot()
    run(held)
    assert held.snapshot() == before


@pytest.mark.parametrize("has_record", [True, False])
def test_lost_rows_are_named_with_the_command_that_brings_them_back(held: Held, has_record: bool) -> None:
    held.sql(lose("entry", DAY), *([] if has_record else [lose("mailing", DAY)]))
    found = run(held)
    (lost,) = found.lost
    (report,) = (one for one in found.days if one.day == DAY)
    assert (lost.day, lost.repair) == (DAY, f"syncd repair {DAY}")
    assert report.evidence == f"{lost.why}: {lost.repair}"
    assert "not yet fetched" not in report.evidence
    assert not is_well(found.troubles)


def test_rows_and_file_lost_together_need_a_replay(held: Held) -> None:
    held.sql(lose("entry", DAY))
    held.file(DAY).unlink()
    assert [(one.day, one.repair) for one in run(held).lost] == [(DAY, f"syncd replay {DAY}")]
