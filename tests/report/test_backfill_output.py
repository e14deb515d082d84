"""What a backfill shows where something was missing."""

from __future__ import annotations

from datetime import date

from syncd.core.errors import PartialPage, Unavailable
from syncd.core.model import State, Unreadable, paper_id
from syncd.core.results import BackfillResult, DayOutcome, Done, LostRecord, MonthComparison, Run
from syncd.report import backfill_output
from tests.support.plain_text import strip_colour

DAY = date(2026, 6, 1)
DOWN = Unavailable("status 500", url="https://export.arxiv.org/api/query")


def test_days_without_their_texts_are_counted_and_the_reason_is_said() -> None:
    lacking = PartialPage("the API could not be asked", reason="missing-texts", day=DAY)
    day = DayOutcome(DAY, State.PARTIAL, Done.REFUSED, error=lacking)
    done = BackfillResult(Run((day,)), {}, texts_error=DOWN)
    lines = list(map(strip_colour, backfill_output.lines(done, ())))
    assert (
        "texts as announced are missing for 1 day: https://export.arxiv.org/api/query is unavailable: status 500"
        in lines
    )
    assert not any("nothing" in line for line in lines)
    error = backfill_output.fields(done, ())["error"]
    assert isinstance(error, dict)
    assert error["code"] == "upstream-unavailable"


def test_a_month_that_could_not_be_compared_says_so_and_agrees_with_nothing() -> None:
    short = MonthComparison(2026, 6, 0, error=PartialPage("99 of 100 entries", reason="missing-entries"))
    lines = list(backfill_output.lines(BackfillResult(Run(), {}), [short]))
    assert lines[-1] == "2026-06  not compared: missing-entries: 99 of 100 entries"
    assert backfill_output.fields(BackfillResult(Run(), {}), [short])["verified"] == [
        {
            "month": "2026-06",
            "papers": 0,
            "only_listed": [],
            "only_known": [],
            "error": {
                "code": "missing-entries",
                "message": "arXiv's page was rejected (missing-entries): 99 of 100 entries",
                "help": "nothing of this page was written; run the same command again later",
            },
        }
    ]


def test_records_that_could_not_be_read_are_counted_named_and_charged_to_their_days() -> None:
    named = Unreadable("line 17", "no title", paper_id("2104.02703"))
    lost = (LostRecord(named, (DAY,)), *(LostRecord(Unreadable(f"line {n}", "not JSON"), ()) for n in range(20)))
    done = BackfillResult(Run(), {}, lost=lost)
    assert "21 records could not be read; partial for that: 1 day" in list(backfill_output.lines(done, ()))
    warned = list(backfill_output.warnings(lost))
    assert warned[0] == "line 17 (2104.02703) could not be read: no title"
    assert warned[-1] == "1 more record could not be read; --json lists them"
    listed = backfill_output.fields(done, ())["unreadable"]
    assert isinstance(listed, list)
    assert listed[0] == {"where": "line 17", "id": "2104.02703", "why": "no title", "days": [str(DAY)]}
    assert len(listed) == 21
