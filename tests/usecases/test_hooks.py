"""Hooks: what a command is given, what it is not given, and that none can hold up the archive."""

from __future__ import annotations

import json
import os
import select
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syncd.config import SECRETS, Config, HooksConfig, variable
from syncd.usecases import hooks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncd.usecases.hooks import HookResult

DAY = date(2026, 7, 13)
NAMES = ["SYNCD_EVENT", "SYNCD_DATE", "SYNCD_PAPERS", "SYNCD_MESSAGE", "SYNCD_LATE", "SYNCD_DAYS", "SYNCD_PATH"]


def config(*commands: str, event: str = "on_new", path: Path | None = None) -> Config:
    return replace(Config(path=path), hooks=replace(HooksConfig(), **{event: commands}))


def python(code: str, *arguments: str) -> str:
    """A command line that runs `code`; it holds no character that splitting would change."""
    return " ".join([f"'{sys.executable}'", "-I", "-c", f"'{code}'", *arguments])


def fire(*commands: str, environ: Mapping[str, str] | None = None, **facts: object) -> tuple[HookResult, ...]:
    return hooks.fire(config(*commands), "new", facts, environ={} if environ is None else environ)


def environment_of(config: Config, environ: Mapping[str, str], **facts: object) -> dict[str, str]:
    show = python("import json,os; print(json.dumps(dict(os.environ)))")
    changed = replace(config, hooks=replace(HooksConfig(), on_new=(show,)))
    (result,) = hooks.fire(changed, "new", facts, environ=environ)
    found: dict[str, str] = json.loads("".join(result.output))
    return found


def test_nothing_runs_where_no_command_is_configured() -> None:
    assert hooks.fire(Config(), "problem", {"message": "disk full"}) == ()


def test_only_the_commands_of_the_event_run() -> None:
    assert hooks.fire(config("true", event="on_problem"), "recovered", {}) == ()
    assert len(hooks.fire(config("true", "true", event="on_recovered"), "recovered", {})) == 2


def test_facts_arrive_as_variables() -> None:
    found = environment_of(
        Config(), {}, date=DAY, papers=213, message="all is well", late=False, days=[DAY, DAY], path=None
    )
    assert [found[name] for name in NAMES] == [
        "new",
        "2026-07-13",
        "213",
        "all is well",
        "false",
        "2026-07-13 2026-07-13",
        "",
    ]


def test_a_list_of_objects_is_in_json_only() -> None:
    assert "SYNCD_MATCHES" not in environment_of(Config(), {}, matches=[{"id": "2607.00001"}])
    (result,) = fire(python("import sys; print(sys.stdin.read())"), matches=[{"id": "2607.00001"}])
    assert json.loads("".join(result.output))["matches"] == [{"id": "2607.00001"}]


def test_facts_arrive_as_json_on_stdin() -> None:
    (result,) = fire(python("import sys; print(sys.stdin.read())"), date=DAY, papers=213, days=(DAY,), path=None)
    given = json.loads("".join(result.output))
    assert given == {
        "schema": 1, "event": "new", "date": "2026-07-13", "papers": 213, "days": ["2026-07-13"], "path": None,
    }  # fmt: skip


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_reaches_a_command(name: str) -> None:
    found = environment_of(Config(), {variable(name): "hidden", "PATH": "/usr/bin:/bin"})
    assert variable(name) not in found
    assert found["PATH"] == "/usr/bin:/bin"


@pytest.mark.parametrize("name", ["CREDENTIALS_DIRECTORY", "PGPASSWORD", "NOTIFY_SOCKET", "WATCHDOG_USEC"])
def test_what_is_meant_for_the_daemon_alone_stays_with_it(name: str) -> None:
    assert name not in environment_of(Config(), {name: "x"})


def test_a_syncd_called_by_a_command_finds_the_same_configuration(tmp_path: Path) -> None:
    found = environment_of(Config(path=tmp_path / "mine.toml"), {"SYNCD_CONFIG": "/other.toml"})
    assert found["SYNCD_CONFIG"] == str(tmp_path / "mine.toml")


@pytest.mark.parametrize("name", ["now", "config", "archive__root", "Date", "a-b", "ä", ""])
def test_a_fact_cannot_take_the_name_of_a_setting(name: str) -> None:
    with pytest.raises(ValueError, match="name of a fact"):
        hooks.fire(config("true"), "new", {name: "x"})


def test_facts_of_another_event_are_not_inherited() -> None:
    inherited = {"SYNCD_EVENT": "problem", "SYNCD_MESSAGE": "of yesterday", "SYNCD_ARCHIVE__SINCE": "2026-06-30"}
    found = environment_of(Config(), inherited)
    assert {name: value for name, value in found.items() if name.startswith("SYNCD_")} == {
        "SYNCD_EVENT": "new",
        "SYNCD_ARCHIVE__SINCE": "2026-06-30",
    }


def test_hostile_text_in_a_fact_stops_no_hook() -> None:
    found = environment_of(Config(), {}, message="a\0b\ud800c $(touch x) `id`")
    assert found["SYNCD_MESSAGE"] == "a\N{REPLACEMENT CHARACTER}b?c $(touch x) `id`"


def test_a_fact_too_long_for_a_variable_is_cut_there_and_whole_on_stdin() -> None:
    code = 'import json,os,sys; print(len(os.environ["SYNCD_MESSAGE"]), len(json.load(sys.stdin)["message"]))'
    (result,) = fire(python(code), message="x" * 300_000)
    assert result.output == ("10000 300000",)


def test_no_shell_stands_between() -> None:
    (result,) = fire(python("import sys; print(sys.argv[1:])", "'a b'", "$HOME", "'*'", ";", "true"))
    assert result.output == ("['a b', '$HOME', '*', ';', 'true']",)


def test_a_failing_command_is_a_result_and_the_next_one_runs() -> None:
    first, second = fire(python("import sys; sys.exit(3)"), "true", environ=os.environ)
    assert (first.exit_code, first.problem) == (3, "exited with 3")
    assert (second.exit_code, second.problem) == (0, "")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/nowhere/notify --now", "cannot be started: No such file or directory"),
        ("notify 'unclosed", "cannot be split into words: No closing quotation"),
        ("''", "cannot be started"),
        ("# a comment is no command", "cannot be started"),
    ],
)
def test_a_command_that_cannot_run_is_a_result(line: str, problem: str) -> None:
    (result,) = fire(line)
    assert result.exit_code is None
    assert result.problem.startswith(problem)


def test_a_command_that_is_killed_says_by_which_signal() -> None:
    (result,) = fire(python("import os; os.kill(os.getpid(), 9)"))
    assert result.problem == "ended by signal 9"


def test_arguments_are_never_repeated_as_they_may_hold_a_token() -> None:
    (result,) = fire("/nowhere/curl https://hooks.example/T0KEN")
    assert result.hook == "hooks.on_new 1 (curl)"
    assert "T0KEN" not in repr(result)


def test_output_is_bounded_and_cannot_forge_a_log_line() -> None:
    code = 'import sys; print("<0>fire\\x1b[2J"); sys.stderr.write("e" * 1_000_000)'
    (result,) = fire(python(code))
    assert result.output[0] == "<0>fire\\u001b[2J"
    assert len(result.output[1]) == hooks.MOST_OUTPUT


def test_a_command_that_reads_nothing_is_not_waited_for() -> None:
    (result,) = fire("true", environ=os.environ, message="x" * 1_000_000)
    assert result.problem == ""


def test_a_command_past_its_time_is_killed_with_all_it_started(tmp_path: Path) -> None:
    inner = (
        "import os,pathlib,signal,sys,time; signal.signal(15, signal.SIG_IGN); "
        "note = pathlib.Path(sys.argv[1] + chr(126)); note.write_text(str(os.getpid())); note.rename(sys.argv[1]); "
        "time.sleep(60)"
    )
    code = f'import subprocess,sys; subprocess.run([sys.executable, "-c", "{inner}", sys.argv[1]])'
    note = tmp_path / "pid"
    # The clock runs away as soon as the inner program stands, so that the test need not wait.
    (result,) = hooks.fire(
        config(python(code, str(note))), "new", {}, environ={}, monotonic=lambda: 100.0 if note.exists() else 0.0
    )
    assert result.exit_code is None
    assert result.problem == "still running after 30 s, and killed"
    assert ends(int(note.read_text(encoding="ascii")))


def test_what_a_command_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    code = 'import subprocess,sys; print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid)'
    (result,) = hooks.fire(config(python(code)), "new", {}, environ={}, timeout=timedelta(seconds=20))
    assert result.problem == ""
    left = int(result.output[0])
    assert is_running(left)
    os.kill(left, 9)


def test_a_command_that_closes_its_streams_is_still_waited_for(tmp_path: Path) -> None:
    code = "import os,pathlib,sys,time; [os.close(n) for n in (0, 1, 2)]; time.sleep(.2); pathlib.Path(sys.argv[1]).touch()"
    (result,) = fire(python(code, str(tmp_path / "done")))
    assert result.exit_code == 0
    assert (tmp_path / "done").exists()


def ends(process: int) -> bool:
    """Whether a process that is no child of this one is gone, or goes within seconds."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 10)[0])
    finally:
        os.close(handle)


def is_running(process: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
