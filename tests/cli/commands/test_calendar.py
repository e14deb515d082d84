"""`syncd calendar`: months and years."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
