"""A check as lines: problems by code, faults first, and the commands that repair."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from syncd.core.model import Severity
from syncd.core.results import CheckResult, Problem, SkippedDate
from syncd.report.text import problems
from tests.support.plain_text import strip_colour

START = date(2026, 6, 1)  # a Monday


def problem(n: int, code: str = "file-missing", repair: str | None = "syncd repair {day}", **more: object) -> Problem:
    day = START + timedelta(n)
    severity = more.pop("severity", Severity.FAULT)
    command = repair.format(day=day) if repair else None
    return Problem(day, f"{day}.md", more.pop("line", None), code, severity, str(more.pop("message", "odd")), command)  # type: ignore[arg-type]


def test_a_check_without_problems_says_so() -> None:
    assert list(map(strip_colour, problems.of_check(CheckResult((), 7, 1693)))) == [
        "no problems found; 7 files read, 1,693 unchanged since the last check"
    ]


def test_a_check_of_nothing_is_not_called_sound() -> None:
    absent = (SkippedDate(START, "no mailing: weekend"),)
    assert list(map(strip_colour, problems.of_check(CheckResult((), 0, 0, absent)))) == [
        "nothing to examine on 2026-06-01: no mailing: weekend",
        "nothing was examined",
    ]


def test_problems_are_grouped_faults_first_with_file_line_and_message() -> None:
    hint = problem(0, "late-crosslist", None, severity=Severity.HINT)
    lines = list(
        map(strip_colour, problems.of_check(CheckResult((hint, problem(1, "crlf", line=3), problem(2, "crlf")), 3, 0)))
    )
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
    lines = list(map(strip_colour, problems.of_check(checked)))
    assert len(lines) < 30
    assert "  … and 1,680 more; --json lists all" in lines
    assert lines[-2:] == [
        "to fix, run:",
        "  syncd repair  # without dates it repairs all of them: 2026-06-01 … 2031-01-25 (1,700 dates)",
    ]


@pytest.mark.parametrize(("count", "more"), [(20, []), (21, ["  … and 1 more; --json lists all"])])
def test_twenty_problems_of_a_code_are_listed_and_more_are_counted(count: int, more: list[str]) -> None:
    lines = list(map(strip_colour, problems.of_check(CheckResult(tuple(map(problem, range(count))), count, 0))))
    assert [line for line in lines if line.startswith("  … and")] == more
    assert sum(line.endswith("  odd") for line in lines) == 20


@pytest.mark.parametrize(
    ("count", "command"),
    [
        (5, "  syncd repair 2026-06-01 2026-06-02 2026-06-03 2026-06-04 2026-06-05"),
        (6, "  syncd repair  # without dates it repairs all of them: 2026-06-01 … 2026-06-06 (6 dates)"),
    ],
)
def test_a_command_names_up_to_five_dates(count: int, command: str) -> None:
    *_, last = map(strip_colour, problems.of_check(CheckResult(tuple(map(problem, range(count))), count, 0)))
    assert last == command


def test_commands_are_grouped_by_what_they_do() -> None:
    restores = [problem(n, "file-edited", "syncd repair {day} --restore") for n in range(7)]
    checked = CheckResult((problem(8), problem(8, "row-missing"), *restores), 8, 0)
    lines = list(map(strip_colour, problems.of_check(checked)))
    assert lines[-4:] == [
        "  syncd repair 2026-06-09",
        "  syncd repair --restore DATE…  # 2026-06-01 … 2026-06-07 (7 dates)",
        "or, to keep the file as it is now:",
        "  syncd repair --accept-file DATE…  # 2026-06-01 … 2026-06-07 (7 dates)",
    ]
