"""`syncd calendar`: months and years."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from syncd.config import load
from syncd.core.model import Finding, State
from syncd.usecases.reconcile.write import Provenance, write_mailing
from syncd.usecases.workspace import Access, open_workspace
from tests.support.sound_archive import invented

if TYPE_CHECKING:
    from tests.support.command_line import Shell


def test_a_month_of_the_calendar_shows_closings_and_a_year_its_holidays(syncd: Shell) -> None:
    month = syncd("calendar", "2026-07").out
    assert "Tue 2026-07-07  mailing     closes Mon 06 Jul 14:00, announced Mon 06 Jul 20:00 EDT" in month
    assert len(month.splitlines()) == 31
    year = syncd("calendar", "2026").out
    assert "no mailing Mon 2026-07-06" in year
    assert len(syncd("calendar", "2026", "--json").json["days"]) == 365


def test_a_month_has_a_line_for_each_day(syncd: Shell) -> None:
    lengths = [len(syncd("calendar", month).out.splitlines()) for month in ("2026-02", "2026-07", "2024-02")]
    assert lengths == [28, 31, 29]


def test_a_month_that_does_not_exist_is_a_usage_error(syncd: Shell) -> None:
    codes = {month: syncd("calendar", month).code for month in ("2026-13", "0000", "26", "2026-1")}
    assert set(codes.values()) == {2}


def test_december_ends_with_its_year(syncd: Shell) -> None:
    assert syncd("calendar", "2026-12", "--json").json["days"][-1]["date"] == "2026-12-31"


def test_an_unlisted_year_says_so(syncd: Shell) -> None:
    said = "no list of closings is known for 2027: on a date without a mailing, arXiv may have been closed"
    assert syncd("calendar", "2027").out.splitlines()[-1] == said
    assert syncd("calendar", "2027-03").out.splitlines()[-1] == said
    days = syncd("calendar", "2027-01", "--json").json["days"]
    assert [day["unlisted_year"] for day in days[:4]] == [None, None, None, 2027]
    assert "2027-03  at most 23 mailings" in syncd("calendar", "2027").out
    listed = syncd("calendar", "2026").out
    assert "no list" not in listed
    assert "at most" not in listed


def test_closings_of_the_configuration_are_shown(syncd: Shell) -> None:
    config = syncd.folder / "config.toml"
    config.write_text(config.read_text() + "\n[calendar]\nclosings = [2027-01-18]\n")
    shown = syncd("calendar", "2027-01").out
    assert (
        "Tue 2027-01-19  no mailing  nothing announced on the evening of 2027-01-18 (the configuration's list)" in shown
    )


def test_what_the_archive_has_learnt_overrules_the_list_and_stands_beside_it(syncd: Shell) -> None:
    config = load(syncd.folder / "config.toml", {}, {})
    work = open_workspace(config, lambda: datetime(2026, 7, 14, tzinfo=UTC), Access.CREATE)
    work.store.put_finding(Finding(date(2026, 7, 2), State.NO_MAILING, "catchup", "an empty page"))
    write_mailing(work, invented(date(2026, 7, 6)), Provenance(State.COMPLETE, "catchup", "heading of a page", None))
    work.close()
    shown = syncd("calendar", "2026-07").out.splitlines()
    listed = "listing day (arXiv's published holiday table for 2026)"
    assert shown[1] == f"Thu 2026-07-02  no mailing  an empty page; the list differs: {listed}"
    assert shown[2].startswith("Fri 2026-07-03  mailing     closes Thu 02 Jul 14:00")
    assert shown[5].startswith("Mon 2026-07-06  mailing     closes")
    assert "; held, catchup: heading of a page; the list differs: Independence Day: nothing announced" in shown[5]
    year = syncd("calendar", "2026").out
    assert "  mailing    Mon 2026-07-06  held, catchup" in year
    days = syncd("calendar", "2026-07", "--json").json["days"]
    assert (days[5]["due"], days[5]["listed"]["due"], days[0]["listed"]) == (True, False, None)


def test_no_list_differs_where_none_is_known(syncd: Shell) -> None:
    config = load(syncd.folder / "config.toml", {}, {})
    work = open_workspace(config, lambda: datetime(2027, 3, 14, tzinfo=UTC), Access.CREATE)
    work.store.put_finding(Finding(date(2027, 3, 2), State.NO_MAILING, "catchup", "an empty page"))
    work.close()
    shown = syncd("calendar", "2027-03").out.splitlines()
    assert shown[1] == "Tue 2027-03-02  no mailing  an empty page; no list of closings is known for 2027"
