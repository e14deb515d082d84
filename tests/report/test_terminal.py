"""Numbers with nouns, lists of dates, columns and colours."""

from __future__ import annotations

from datetime import date, timedelta

from syncd.report.terminal import align_columns, list_dates, paint

START = date(2026, 6, 1)  # a Monday


def test_dates_are_named_or_counted() -> None:
    assert list_dates([START]) == "2026-06-01"
    assert "…" not in list_dates([START + timedelta(n) for n in range(5)])
    assert list_dates([START + timedelta(n) for n in range(6)]) == "2026-06-01 … 2026-06-06 (6 dates)"


def test_cells_are_aligned() -> None:
    assert align_columns([("a", "bb", ""), ("ccc", "d", "e")]) == ["a    bb", "ccc  d   e"]
    assert align_columns([]) == []


def test_a_role_without_a_colour_stays_plain() -> None:
    assert paint("nothing", "text") == "text"
    assert paint("fault") == "\x1b[31mfault\x1b[0m"
