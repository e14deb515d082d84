"""Results as the fields of the JSON contract: names may be added, never taken away or changed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from syncd.core.coverage import DayReport
from syncd.core.errors import CoolingDown, PartialPage
from syncd.core.model import Certainty, Change, Entry, Section, Severity, State, paper_id
from syncd.core.paper_history import Deletion
from syncd.core.results import (
    Appearance,
    CheckResult,
    Comparison,
    DayOutcome,
    Done,
    MailingDetails,
    NotCompared,
    PaperDetails,
    Problem,
    Rest,
    Run,
    Status,
)
from syncd.report import json_fields

DAY = date(2026, 7, 1)
NOW = datetime(2026, 7, 2, tzinfo=UTC)
PAPER = paper_id("2607.00001")
ENTRY = Entry(PAPER, "A &amp; B", "Text.", Section.NEW, 1, Certainty.LISTED)
REPORT = DayReport(DAY, State.COMPLETE, 5, 3, 2, "new", "heading seen")


def plain(fields: object) -> object:
    """What a script sees: the fields after a journey through JSON."""
    return json.loads(json.dumps(fields))


def test_the_fields_of_a_status() -> None:
    rests = (Rest("arxiv.org", NOW), Rest("rss.arxiv.org", None))
    fields = plain(json_fields.of_status(Status((REPORT,), (DAY,), 2, DAY, NOW, rests)))
    day = {"date": "2026-07-01", "state": "complete", "papers": 5, "new": 3, "cross": 2, "source": "new"}
    assert isinstance(fields, dict)
    assert (
        fields.items()
        >= {
            "days": [day | {"evidence": "heading seen"}],
            "gaps": ["2026-07-01"],
            "lag": 2,
            "newest": "2026-07-01",
            "next_poll": "2026-07-02T00:00:00+00:00",
            "cooldowns": [
                {"host": "arxiv.org", "until": "2026-07-02T00:00:00+00:00"},
                {"host": "rss.arxiv.org", "until": None},
            ],
        }.items()
    )


def test_an_empty_status_knows_nothing_and_says_null() -> None:
    fields = json_fields.of_status(Status((), (), 0, None, None, ()))
    assert (fields["newest"], fields["next_poll"]) == (None, None)


def test_the_fields_of_a_run() -> None:
    done = DayOutcome(DAY, State.COMPLETE, Done.WRITTEN, "2026/2026-07-01.md", 5, source="new")
    fields = plain(json_fields.of_run(Run((done,), 1)))
    assert isinstance(fields, dict)
    assert fields["requests"] == 1
    assert "error" not in fields
    (day,) = fields["days"]
    assert (
        day.items()
        >= {
            "date": "2026-07-01",
            "state": "complete",
            "action": "written",
            "path": "2026/2026-07-01.md",
            "papers": 5,
            "error": None,
        }.items()
    )


def test_an_error_of_a_day_is_the_runs_unless_the_run_has_its_own() -> None:
    broken = DayOutcome(DAY, State.PARTIAL, Done.REFUSED, error=PartialPage("cut", reason="truncated", day=DAY))
    resting = CoolingDown(url="https://arxiv.org/", host="arxiv.org", until=NOW)
    codes = [
        json_fields.of_run(Run((broken,)))["error"],
        json_fields.of_run(Run((broken,), error=resting))["error"],
    ]
    assert [code["code"] for code in codes if isinstance(code, dict)] == ["truncated", "cooling-down"]
    assert all(set(code) == {"code", "message", "help"} for code in codes if isinstance(code, dict))


def test_the_fields_of_a_check() -> None:
    found = Problem(DAY, "2026/2026-07-01.md", 3, "crlf", Severity.FAULT, "odd", "syncd repair 2026-07-01 --restore")
    assert plain(json_fields.of_check(CheckResult((found,), 7, 5))) == {
        "problems": [
            {
                "date": "2026-07-01",
                "path": "2026/2026-07-01.md",
                "line": 3,
                "code": "crlf",
                "severity": "fault",
                "message": "odd",
                "repair": "syncd repair 2026-07-01 --restore",
            }
        ],
        "files_checked": 7,
        "files_skipped": 5,
        "skipped": [],
    }


def test_the_fields_of_a_diff() -> None:
    found = Change(DAY, "title-changed", PAPER, "title", "A", "B")
    fields = plain(json_fields.of_diff(Comparison((found,), 1, (NotCompared(DAY, "text", "too old"),), 2)))
    assert isinstance(fields, dict)
    (difference,) = fields["differences"]
    assert (
        difference.items()
        >= {
            "date": "2026-07-01",
            "id": "2607.00001",
            "code": "title-changed",
            "severity": "fault",
            "field": "title",
            "ours": "A",
            "theirs": "B",
            "detail": "",
        }.items()
    )
    assert fields["days_compared"] == 1
    assert fields["not_compared"] == [{"date": "2026-07-01", "what": "text", "why": "too old"}]


def test_the_fields_of_a_paper() -> None:
    seen = Appearance(DAY, 3, Section.NEW, Certainty.LISTED, 1)
    fields = plain(
        json_fields.of_paper(PaperDetails(PAPER, ENTRY, (seen,), "New", "Text.", 2, ("cs.CV",), withdrawn=False))
    )
    assert isinstance(fields, dict)
    assert fields["id"] == PAPER
    assert fields["announced"].items() >= {"title": "A &amp; B", "abstract": "Text."}.items()
    assert [mailing["date"] for mailing in fields["announced"]["mailings"]] == ["2026-07-01"]
    assert fields["current"] == {
        "title": "New",
        "abstract": "Text.",
        "version": 2,
        "categories": ["cs.CV"],
        "authors": None,
        "withdrawn": False,
        "source": None,
        "seen": None,
    }


def test_a_side_of_which_nothing_is_known_is_null() -> None:
    fields = json_fields.of_paper(PaperDetails(PAPER, None, ()))
    assert (fields["announced"], fields["current"], fields["deleted"]) == (None, None, None)


def test_a_deleted_paper_has_the_source_and_the_moment() -> None:
    fields = json_fields.of_paper(PaperDetails(PAPER, ENTRY, (), deletion=Deletion("oai", NOW)))
    assert fields["deleted"] == {"source": "oai", "seen": "2026-07-02T00:00:00+00:00"}


def test_the_fields_of_a_mailing() -> None:
    fields = plain(json_fields.of_mailing(MailingDetails(REPORT, None, (ENTRY,))))
    assert isinstance(fields, dict)
    assert (fields["date"], fields["state"]) == ("2026-07-01", "complete")
    assert fields["entries"] == [
        {
            "number": 1,
            "id": "2607.00001",
            "section": "new",
            "title": "A &amp; B",
            "abstract": "Text.",
            "version": 1,
            "placed": "listed",
            "reason": None,
            "paragraphs": "kept",
        }
    ]
