"""The exit code and the message of every end of the program."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click
import pytest

from syncd.cli.errors import EXIT_CODES, exit_code, report, worst
from syncd.cli.termination import Terminated
from syncd.config import load
from syncd.core import errors
from tests.support.command_line import DAYS
from tests.support.small_archive import noon, world
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://arxiv.org/list/cs.CV/new"
WHEN = datetime(2026, 7, 1, tzinfo=UTC)
DAY = date(2026, 7, 1)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigError("bad"), 2),
        (errors.Unavailable(url=URL), 4),
        (errors.CoolingDown(url=URL, host="arxiv.org", until=WHEN), 4),
        (errors.HostBlocked(url=URL, host="arxiv.org", since=WHEN), 4),
        (errors.Unexpected(url=URL), 5),
        (errors.PartialPage("cut", reason="truncated"), 3),
        (errors.LayoutUnknown("new", reason="layout"), 5),
        (errors.GuardRefused("odd", reason="shrunk"), 6),
        (errors.OutOfReach("too old", days=(DAY,)), 3),
        (errors.FaultyDigest(path="a.md", issues=()), 3),
        (errors.OtherCategory("cs.LG", path="a.md"), 3),
        (errors.DayConflict(path="a.md", day=DAY, kept=None), 3),
        (errors.ArchiveMissing(path="."), 10),
        (errors.ArchiveGuard(path="."), 6),
        (errors.FolderError(path="."), 6),
        (errors.DatabaseError(path="."), 6),
        (errors.Locked(path=".", holder="pid 7"), 11),
    ],
)
def test_every_error_has_the_exit_code_of_the_contract(error: errors.SyncdError, code: int) -> None:
    assert exit_code(error) == code
    assert report(error, []) == code


def test_a_run_ends_with_the_code_that_needs_a_person_most() -> None:
    partial = errors.PartialPage("cut", reason="truncated")
    layout = errors.LayoutUnknown("new", reason="layout")
    assert worst([]) == worst([None]) == 0
    assert worst([partial, None, layout]) == 5
    assert worst([partial, errors.Unavailable(url=URL)]) == 4


def test_an_error_unknown_to_the_table_is_internal() -> None:
    assert errors.SyncdError not in EXIT_CODES
    assert exit_code(errors.SyncdError("new kind")) == 70


@pytest.mark.parametrize(
    ("error", "code", "name"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (click.Abort(), 130, "interrupted"),
        (Terminated(), 143, "terminated"),
        (ZeroDivisionError("by zero"), 70, "internal"),
        (click.UsageError("no such thing"), 2, "usage"),
    ],
)
def test_every_other_end_is_reported_in_words_and_in_json(
    error: BaseException, code: int, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(error, ["sync", "--json"]) == code
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert (answer["schema"], answer["command"], answer["exit_code"]) == (1, "sync", code)
    assert answer["error"]["code"] == name
    assert answer["error"]["message"] in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.parametrize(
    ("command", "has_begun", "advice", "days"),
    [
        ("sync", False, "the work had not begun; run the same command again", []),
        ("sync", True, "finished work is kept; run the same command again to continue", None),
        ("status", False, "nothing was changed; run the same command again", None),
    ],
)
def test_a_signal_outside_of_long_work_says_what_was_done(
    command: str, has_begun: bool, advice: str, days: object, capsys: pytest.CaptureFixture[str]
) -> None:
    report(Terminated(), [command, "--json"], has_begun=has_begun)
    answer = json.loads(capsys.readouterr().out)
    assert (answer["interrupted"], answer["error"]["help"], answer.get("days")) == (True, advice, days)


def test_a_daemon_that_is_stopped_before_it_began_has_ended_as_it_was_asked_to(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert report(Terminated(), ["-v", "run"]) == 0
    assert capsys.readouterr().err == ""


def test_without_json_nothing_is_printed_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    report(ZeroDivisionError("by zero"), ["sync"])
    assert capsys.readouterr().out == ""


def test_an_exit_that_was_asked_for_keeps_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert [report(SystemExit(code), []) for code in (0, 7, None, "words")] == [0, 7, 0, 0]
    assert capsys.readouterr().err == ""


def test_an_error_that_no_command_expects_is_damage_where_a_stored_value_is_odd(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy_synced(tmp_path, noon(DAYS[0]))
    with world(tmp_path, noon(DAYS[0])) as here:
        here.configure()
        opened = load(tmp_path / "config.toml", {}, {})
        assert report(TypeError("bytes"), ["export"], opened=opened) == 70
        here.sql("UPDATE paper SET comments = x'c3ff'")
        assert report(ZeroDivisionError("bytes"), ["export"], opened=opened) == 6
    printed = capsys.readouterr().err
    assert "comments is X'C3FF'" in printed
    assert "move the damaged database away" in printed
