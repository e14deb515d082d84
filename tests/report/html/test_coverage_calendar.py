"""The calendar of the report: each date with its kind and, on demand, how its state is known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from syncd.core.coverage import DayReport
from syncd.core.model import State
from syncd.report.html.coverage_calendar import explain_days, list_years
from syncd.report.html.page_links import SiteLinks

DAY = date(2021, 4, 7)
LINKS = SiteLinks("https://digests.example.org/a?b=1&c=2")


def explain(*days: DayReport) -> str:
    (year,) = list_years(days)
    (month,) = year.months
    return str(explain_days(month, LINKS))


def held(day: date = DAY, new: int | None = 3, evidence: str = "heading seen") -> DayReport:
    return DayReport(day, State.COMPLETE, 5, new, None if new is None else 5 - new, "new", evidence)


def test_a_mailing_is_explained_with_its_papers_and_a_link() -> None:
    assert explain(held()) == (
        '<details name="day" class="c3"><summary class="s-complete d4"><span class="unseen">complete </span>7</summary>'
        "<p><b>Wed 2021-04-07</b> complete, 5 papers: 3 new, 2 cross-listed. heading seen "
        '<a href="https://digests.example.org/a?b=1&amp;c=2/2021-04-07">its page</a></p></details>'
    )


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (held(new=None), "complete, 5 papers. heading seen <a"),
        (DayReport(DAY, State.PENDING, None, None, None, "calendar", "due"), '<summary class="s-pending">'),
        (DayReport(DAY, State.PENDING, None, None, None, "calendar", "due"), "</b> pending. due <a"),
        (DayReport(DAY, State.NO_MAILING, None, None, None, "calendar", "closed"), "</b> holiday. closed</p>"),
        (DayReport(DAY, State.FUTURE, None, None, None, "calendar", "later"), '<span class="s-future c3">7</span>'),
        (held(evidence="<script>\n\x1b&"), ". &lt;script&gt; \\u001b&amp; <a"),
    ],
)
def test_each_kind_of_date_is_shown_in_its_way(day: DayReport, said: str) -> None:
    assert said in explain(day)


def test_the_first_date_of_a_month_stands_below_its_weekday_and_the_others_follow() -> None:
    days = [held(DAY + timedelta(days=number)) for number in range(2)]
    weekend = DayReport(date(2021, 4, 10), State.NO_MAILING, None, None, None, "calendar", "weekend")
    shown = explain(*days, weekend)
    assert shown.count("c3") == 1
    assert shown.index("<b>Wed ") < shown.index("<b>Thu ")
    assert shown.endswith('<span class="s-weekend">10</span>')
