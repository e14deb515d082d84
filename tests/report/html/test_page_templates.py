"""Texts that templates show: escaped, and with dates that stay in one line."""

from __future__ import annotations

from syncd.report.html.page_templates import keep_dates_whole


def test_no_line_ends_within_a_date_or_a_range_of_dates() -> None:
    shown = keep_dates_whole("mailing-missed 2026-07-14..2026-07-21, since 2026-07-14")
    whole = '<span class="nowrap">'
    assert shown == f"mailing-missed {whole}2026-07-14..2026-07-21</span>, since {whole}2026-07-14</span>"


def test_a_foreign_text_around_a_date_is_escaped() -> None:
    assert keep_dates_whole("<b>2026-07-14\x1b") == '&lt;b&gt;<span class="nowrap">2026-07-14</span>\\u001b'
