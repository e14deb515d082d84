"""Results as lines for a terminal."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.coverage import DayReport
from syncd.core.errors import CoolingDown, PartialPage
from syncd.core.model import Change, Entry, Placed, Section, Severity, State, paper_id
from syncd.core.printable import printable
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
from syncd.report import text
from syncd.report.diff.text import mark_words
from syncd.report.terminal import align_columns, list_dates, paint, pluralize
from syncd.report.text.status import group_days

START = date(2026, 6, 1)  # a Monday
NOW = datetime(2026, 7, 14, tzinfo=UTC)
PAPER = paper_id("2607.00001")


def plain(line: str) -> str:
    return re.sub(r"\x1b\[\d*m", "", line)


def report(day: date, state: State, papers: int | None = None, evidence: str = "") -> DayReport:
    return DayReport(day, state, papers, None, None, "new", evidence)


def ledger(count: int, state: State = State.COMPLETE, **others: State) -> tuple[DayReport, ...]:
    """So many dates from START on, weekends without mailing; others by `d<n>`, n days after START."""
    days = []
    for n in range(count):
        day = START + timedelta(n)
        its = others.get(f"d{n}", State.NO_MAILING if day.isoweekday() > 5 else state)
        held = its in {State.COMPLETE, State.ADOPTED, State.CONFLICT}
        days.append(report(day, its, 100 if held else None, "weekend" if day.isoweekday() > 5 else "told so"))
    return tuple(days)


def status(
    days: tuple[DayReport, ...], gaps: tuple[date, ...] = (), lag: int = 0, rests: tuple[Rest, ...] = ()
) -> Status:
    newest = max((day.day for day in days if day.papers is not None), default=None)
    return Status(days, gaps, lag, newest, NOW, rests)


# The ledger


def test_a_month_of_mailings_with_weekends_and_a_holiday_is_one_line() -> None:
    lines = list(map(plain, text.of_status(status(ledger(30, d18=State.NO_MAILING)))))
    assert lines[-1] == "2026-06-01 … 2026-06-30  complete       21 mailings, 2,100 papers; 1 holiday"
    assert lines[-2] == ""


def test_a_day_in_trouble_breaks_the_line_and_says_why() -> None:
    lines = list(map(plain, text.of_status(status(ledger(12, d8=State.PARTIAL), gaps=(START + timedelta(8),)))))
    assert lines[-3:] == [
        "2026-06-01 … 2026-06-08  complete       6 mailings, 600 papers",
        "2026-06-09               partial        1 mailing: told so",
        "2026-06-10 … 2026-06-12  complete       3 mailings, 300 papers",
    ]
    assert "missing    2026-06-09: syncd sync" in lines


@given(st.lists(st.sampled_from(list(State)), min_size=1, max_size=60))
def test_every_date_is_in_exactly_one_stretch(states: list[State]) -> None:
    days = tuple(report(START + timedelta(n), state) for n, state in enumerate(states))
    found = group_days(days)
    assert [day for stretch in found for day in stretch.days] == list(days)
    assert all({day.state for day in one.days} <= {one.state, State.NO_MAILING} for one in found)
    assert all(one.state is not other.state for one, other in pairwise(found))


def test_a_weekend_alone_says_what_it_is() -> None:
    lines = list(map(plain, text.of_status(status(ledger(7)[5:]))))
    assert lines[-1] == "2026-06-06 … 2026-06-07  no-mailing     weekend"
    assert lines[0] == "held       nothing yet"


def test_a_holiday_at_the_beginning_belongs_to_the_mailings_after_it() -> None:
    lines = list(map(plain, text.of_status(status(ledger(5, d0=State.NO_MAILING)))))
    assert lines[-2:] == ["", "2026-06-01 … 2026-06-05  complete       4 mailings, 400 papers; 1 holiday"]


def test_gaps_beyond_reach_name_the_backfill_too() -> None:
    days = ledger(200, d0=State.PENDING, d199=State.COMPLETE)
    told = "\n".join(map(plain, text.of_status(status(days, gaps=(START, days[-2].day)))))
    assert "missing    2026-06-01 2026-12-16: syncd sync, then syncd backfill --since 2026-06-01" in told
    told = "\n".join(map(plain, text.of_status(status(days, gaps=(START,)))))
    assert "missing    2026-06-01: syncd backfill --since 2026-06-01" in told


def test_a_conflict_names_both_ways_out() -> None:
    told = "\n".join(map(plain, text.of_status(status(ledger(5, d1=State.CONFLICT)))))
    assert "conflict   2026-06-02: syncd repair 2026-06-02 --accept-file, or --restore" in told


def test_lag_and_rests_say_what_to_do() -> None:
    rests = (Rest("arxiv.org", NOW), Rest("export.arxiv.org", None))
    told = "\n".join(map(plain, text.of_status(status(ledger(5), lag=2, rests=rests))))
    assert "newest     Fri 2026-06-05, 2 mailings behind: syncd sync" in told
    assert "resting    arxiv.org until 2026-07-14 00:00 UTC" in told
    assert "resting    export.arxiv.org until a person runs: syncd requests --release export.arxiv.org" in told
    assert "next poll  2026-07-14 00:00 UTC" in told
    assert "up to date" in "\n".join(text.of_status(status(ledger(5))))


# Runs


def outcome(n: int, action: Done = Done.WRITTEN, **more: object) -> DayOutcome:
    day = START + timedelta(n)
    return DayOutcome(day, State.COMPLETE, action, f"2026/{day}.md", 5, **more)  # type: ignore[arg-type]


def test_a_run_tells_a_line_a_date_and_the_sums() -> None:
    lines = list(map(plain, text.of_run(Run((outcome(1), outcome(0)), requests=2), verb="sync")))
    assert lines == [
        "2026-06-02  written     5 papers  2026/2026-06-02.md",
        "2026-06-01  written     5 papers  2026/2026-06-01.md",
        "sync: 2 written; 2 requests",
    ]


def test_many_dates_that_went_well_are_one_line_and_troubled_ones_keep_theirs() -> None:
    trouble = outcome(50, error=PartialPage("cut", reason="truncated", day=START))
    lines = list(map(plain, text.of_run(Run((*map(outcome, range(50)), trouble)), verb="adopt")))
    assert lines == [
        "2026-06-01 … 2026-07-20  written     50 mailings, 250 papers",
        "2026-07-21  refused     5 papers  truncated: cut",
        "adopt: 50 written, 1 refused",
        "  nothing was written; run the same command again later",
    ]


def test_advice_is_given_once_however_many_dates_need_it() -> None:
    errors = [outcome(n, error=PartialPage("cut", reason="truncated")) for n in range(3)]
    told = list(text.of_run(Run(tuple(errors)), verb="sync"))
    assert sum("run the same command again" in line for line in told) == 1


def test_untouched_dates_are_counted_and_told_only_with_a_note() -> None:
    run = Run((outcome(0, Done.NONE), outcome(1, Done.NONE, note="was edited")))
    assert list(map(plain, text.of_run(run, verb="repair"))) == [
        "2026-06-02  unchanged   5 papers  2026/2026-06-02.md  was edited",
        "repair: 2 unchanged",
    ]


def test_what_ended_a_run_comes_last_with_what_helps() -> None:
    error = CoolingDown(url="https://arxiv.org/", host="arxiv.org", until=NOW)
    run = Run(error=error, waiting=(START, START + timedelta(1)))
    assert list(map(plain, text.of_run(run, verb="sync"))) == [
        "sync: nothing done; 0 requests",
        "2 older dates still missing (2026-06-01 … 2026-06-02): syncd backfill --since 2026-06-01",
        "stopped: arxiv.org asked for a pause until 2026-07-14 00:00 UTC",
        "  nothing is sent before that; see: syncd requests",
    ]


# Checks


def problem(n: int, code: str = "file-missing", repair: str | None = "syncd repair {day}", **more: object) -> Problem:
    day = START + timedelta(n)
    severity = more.pop("severity", Severity.FAULT)
    command = repair.format(day=day) if repair else None
    return Problem(day, f"{day}.md", more.pop("line", None), code, severity, str(more.pop("message", "odd")), command)  # type: ignore[arg-type]


def test_no_problem_is_said_aloud() -> None:
    assert list(map(plain, text.of_check(CheckResult((), 7, 1693)))) == [
        "no problems found; 7 files read, 1,693 unchanged since the last check"
    ]


def test_problems_stand_in_groups_faults_first_with_place_and_message() -> None:
    hint = problem(0, "late-crosslist", None, severity=Severity.HINT)
    lines = list(map(plain, text.of_check(CheckResult((hint, problem(1, "crlf", line=3), problem(2, "crlf")), 3, 0))))
    assert lines[:4] == [
        "fault  crlf: lines end with CR LF instead of LF (2 times)",
        "  2026-06-02.md:3  odd",
        "  2026-06-03.md  odd",
        "",
    ]
    assert lines[4].startswith("hint  late-crosslist: ")
    assert "2 problems found, 1 hint; 3 files read, 0 unchanged since the last check" in lines


def test_a_thousand_problems_are_a_page_of_text_with_one_command() -> None:
    checked = CheckResult(tuple(problem(n) for n in range(1700)), 0, 0)
    lines = list(map(plain, text.of_check(checked)))
    assert len(lines) < 30
    assert "  … and 1,680 more; --json lists all" in lines
    assert lines[-2:] == [
        "to fix, run:",
        "  syncd repair  # without dates it repairs all of them: 2026-06-01 … 2031-01-25 (1,700 dates)",
    ]


def test_commands_are_grouped_by_what_they_do() -> None:
    restores = [problem(n, "file-edited", "syncd repair {day} --restore") for n in range(7)]
    checked = CheckResult((problem(8), problem(8, "row-missing"), *restores), 8, 0)
    lines = list(map(plain, text.of_check(checked)))
    assert lines[-2:] == [
        "  syncd repair 2026-06-09",
        "  syncd repair --restore DATE…  # 2026-06-01 … 2026-06-07 (7 dates)",
    ]


# Differences


def change(code: str, ours: str | None, theirs: str | None, n: int = 0) -> Change:
    return Change(START + timedelta(n), code, PAPER, "abstract", ours, theirs)


def test_a_difference_is_told_by_day_and_paper_with_its_meaning() -> None:
    found = change("abstract-changed", "one two three", "one 2 three")
    lines = list(map(plain, text.of_diff(Comparison((found,), 4, requests=4))))
    assert lines[:5] == [
        "2026-06-01  1 abstract-changed",
        "  2607.00001",
        "    fault  abstract-changed",
        "      - one two three",
        "      + one 2 three",
    ]
    assert any(line.startswith("abstract-changed: ") for line in lines)
    assert lines[-1] == "4 days compared: 1 difference; 4 requests"


def test_only_the_words_that_differ_are_coloured() -> None:
    ours, theirs = mark_words("one two three", "one 2 three")
    assert ours == f"one {paint('ours', 'two')} three"
    assert theirs == f"one {paint('theirs', '2')} three"


def test_words_far_from_a_difference_are_left_out() -> None:
    words = [f"w{n}" for n in range(100)]
    ours, theirs = mark_words(" ".join(words), " ".join([*words[:50], "new", *words[50:]]))
    assert plain(ours) == "… w44 w45 w46 w47 w48 w49 w50 w51 w52 w53 w54 w55 …"
    assert plain(theirs) == "… w44 w45 w46 w47 w48 w49 new w50 w51 w52 w53 w54 w55 …"


@given(st.lists(st.sampled_from("abcd"), max_size=40), st.lists(st.sampled_from("abcd"), max_size=40))
def test_marking_keeps_every_differing_word(one: list[str], other: list[str]) -> None:
    ours, theirs = mark_words(" ".join(one), " ".join(other))
    if one != other:
        assert ours != theirs
    assert [w for w in plain(ours).split(" ") if w != "…" and w not in one] in ([], [""])


def test_texts_that_differ_in_markup_only_are_shown_with_it() -> None:
    lines = list(map(plain, text.of_diff(Comparison((change("markup-only", "a &amp; b<br>", "a &amp; b"),), 1))))
    assert "      - a &amp; b<br>" in lines


def test_what_was_not_compared_is_told_once_a_reason() -> None:
    skipped = tuple(NotCompared(START + timedelta(n), "mailing", "too old") for n in range(9))
    lines = list(map(plain, text.of_diff(Comparison((), 0, skipped))))
    assert lines == [
        "not compared: mailing of 2026-06-01 … 2026-06-09 (9 dates): too old",
        "0 days compared: no difference",
    ]


# Papers


def test_a_paper_is_set_to_the_width() -> None:
    entry = Entry(PAPER, "A Title", "word " * 60 + "end.", Section.NEW, 1, Placed.LISTED)
    story = PaperDetails(PAPER, entry, (Appearance(START, 3, Section.NEW, Placed.LISTED, 1),))
    lines = list(map(plain, text.of_paper(story, 50)))
    assert lines[0] == "2607.00001  A Title"
    assert "2026-06-01, number 3, new submission" in " ".join(lines)
    assert max(map(len, lines)) <= 50
    assert " ".join(" ".join(lines).split()).endswith("word end.")


def test_a_paper_that_moved_on_is_shown_as_it_is_now() -> None:
    entry = Entry(PAPER, "A Title", "Text.", Section.NEW, 1, Placed.LISTED)
    story = PaperDetails(PAPER, entry, (), "Another Title", "Text.", 2, ("cs.CV",), withdrawn=True)
    lines = list(map(plain, text.of_paper(story)))
    assert "now: version 2, cs.CV, withdrawn" in lines
    assert lines[-1] == "  Another Title"


def test_a_mailing_is_a_line_an_entry() -> None:
    entries = tuple(Entry(PAPER, f"Title {n}", "Text.", section) for n, section in enumerate((Section.NEW, None)))
    lines = list(
        map(plain, text.of_mailing(MailingDetails(report(START, State.COMPLETE, 2, "heading seen"), None, entries)))
    )
    assert lines[0] == "Mon 2026-06-01  complete  heading seen"
    assert lines[-2:] == ["   1  2607.00001    new    Title 0", "   2  2607.00001    -      Title 1"]


# Words and colours


@given(st.text())
def test_printable_text_is_one_line_without_controls(sly: str) -> None:
    assert printable(sly).isprintable()


@pytest.mark.parametrize("text_", ["plain text", "Schrödinger’s α … 漢字"])
def test_printable_text_stays_as_it_is(text_: str) -> None:
    assert printable(text_) == text_


def test_numbers_get_their_noun_and_dates_are_named_or_counted() -> None:
    assert [pluralize(n, "paper") for n in (0, 1, 2310)] == ["0 papers", "1 paper", "2,310 papers"]
    assert list_dates([START]) == "2026-06-01"
    assert list_dates([START + timedelta(n) for n in range(6)]) == "2026-06-01 … 2026-06-06 (6 dates)"


def test_cells_stand_under_each_other() -> None:
    assert align_columns([("a", "bb", ""), ("ccc", "d", "e")]) == ["a    bb", "ccc  d   e"]
    assert align_columns([]) == []


def test_a_role_without_a_colour_stays_plain() -> None:
    assert paint("nothing", "text") == "text"
    assert paint("fault") == "\x1b[31mfault\x1b[0m"
