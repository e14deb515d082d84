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
