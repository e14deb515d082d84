"""The figures of the report as JSON fields."""

from __future__ import annotations

from datetime import date
from typing import Any

from syncd.core.report_facts import ArchiveSizes, GitState, MonthDelays, MonthRequests
from syncd.report.report_fields import of_report
from tests.report.html.test_report_page import facts

MARCH = date(2026, 3, 1)


def test_every_figure_that_the_report_draws_has_its_numbers() -> None:
    figures: dict[str, Any] = {
        "delays": (MonthDelays(MARCH, 18, 3, 1),),
        "requests": (MonthRequests(MARCH, 40, 2, 1),),
        "sizes": ArchiveSizes(10, 20, None),
        "git": GitState("main", None, 2, None, ""),
        "unread": 7,
    }
    found: dict[str, Any] = of_report(facts(**figures))
    assert found["delays"] == [{"month": "2026-03", "within_hour": 18, "within_day": 3, "later": 1}]
    assert found["requests"] == [{"month": "2026-03", "answered": 40, "paused": 2, "failed": 1}]
    assert found["sizes"] == {"digests": 10, "database": 20, "vault": None}
    assert found["git"] == {"branch": "main", "commit": None, "waiting": 2, "pushed": None, "problem": None}
    assert found["files_not_read"] == 7
    assert [one["weekday"] for one in found["weekdays"]] == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    assert found["weekdays"][0] | {"mailings": 0} == {
        "weekday": "Monday",
        "mailings": 0,
        "papers": 5,
        "new": 3,
        "cross": 2,
    }


def test_what_was_not_measured_is_null() -> None:
    found = of_report(facts())
    assert (found["sizes"], found["git"]) == (None, None)
