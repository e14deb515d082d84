"""The program as a script or a person calls it: help, failures, streams and signals."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from syncd.cli.registry import list_command_names
from tests.support import faults
from tests.support.command_line import DAYS, Shell, digest_file, error_of

if TYPE_CHECKING:
    from syncd.rehearsal.server import Server


ANSI = "\x1b["


def test_the_help_names_every_command_and_every_exit_code(syncd: Shell) -> None:
    output = syncd("--help").out
    assert all(re.search(rf"^  {name} +[A-Z]", output, re.MULTILINE) for name in list_command_names())
    codes = re.findall(r"^ +(\d+(?:, \d+)*)  ", output, re.MULTILINE)
    assert codes == [*map(str, (0, 1, 2, 3, 4, 5, 6, 10, 11, 70)), "130, 143"]


@pytest.mark.parametrize("name", list_command_names())
def test_every_command_has_help(syncd: Shell, name: str) -> None:
    ended = syncd(name, "--help")
    assert ended.code == 0
    assert ended.out.startswith(f"Usage: syncd {name} ")


def test_a_misspelt_command_names_the_nearest_one(syncd: Shell) -> None:
    ended = syncd("stauts")
    assert (ended.code, "did you mean status?" in ended.err) == (2, True)
    assert "did you mean" not in syncd("xyzzy").err


@pytest.mark.parametrize(
    "words", [("sync",), ("backfill", "--since", "2026-06-01"), ("run",), ("adopt", "."), ("replay",)]
)
def test_without_a_configuration_no_archive_is_made(syncd: Shell, words: tuple[str, ...]) -> None:
    for name in ("SYNCD_NOW", "SYNCD_CONFIG", "XDG_CONFIG_HOME"):
        syncd.environment.delenv(name, raising=False)
    syncd.environment.setenv("HOME", str(syncd.folder))
    for file in syncd.folder.iterdir():
        file.unlink()
    ended = syncd(*words)
    assert ended.code == 2
    assert f"looked in {syncd.folder / 'config.toml'}" in ended.err
    assert "syncd config generate" in ended.err
    assert not syncd.files()
    assert f"looked in {syncd.folder / 'config.toml'}" in syncd("status").err


def test_a_command_that_reads_imports_nothing_that_it_does_not_use(held: Shell) -> None:
    of_network = {"feedparser", "httpx", "jinja2", "selectolax", "tenacity", "syncd.web"}
    of_texts = {"syncd.core.digest", "syncd.core.markup", "syncd.archive.sql.mailings", "syncd.archive.sql.texts"}
    others = {"alembic", "sqlalchemy.orm", "statistics", "syncd.archive.sql.odd_values", "syncd.sources"}
    of_python = {"asyncio", "email", "importlib.metadata", "importlib.resources", "ssl", "subprocess"}
    of_harvests = {"syncd.archive.sql.harvest_tables", "syncd.core.results.backfill_results"}
    code = (
        "import sys; from syncd.cli.main import exit_code_of;"
        "codes = [exit_code_of(['-q', name]) for name in ('status', 'list', 'requests')];"
        "print(*sys.modules, file=sys.stderr);"
        "codes.append(exit_code_of(['-q', 'repair', '-n']));"
        "print(*sys.modules, file=sys.stderr);"
        "codes.append(exit_code_of(['-q', 'report', '-o', 'report.html']));"
        "print(*sys.modules, file=sys.stderr); sys.exit(max(codes))"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=held.folder, check=True, capture_output=True, text=True)
    by_reading, by_repair, by_report = (set(line.split()) for line in ended.stderr.splitlines())
    assert "syncd.archive.sql.mailing_records" in by_reading
    assert by_reading.isdisjoint(of_network | of_texts | others | of_python | of_harvests)
    assert by_repair.isdisjoint(of_network)
    assert by_report.isdisjoint({*of_network, "subprocess", "syncd.usecases.process"} - {"jinja2"})


def test_a_check_imports_what_reads_a_file_only_where_one_changed() -> None:
    code = "import sys, syncd.usecases.inspect.check, syncd.archive.sql.late_crosslists; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    of_files = {
        "syncd.core.digest.reading",
        "syncd.core.markup.canonical",
        "syncd.archive.sql.mailings",
        "syncd.archive.sql.texts",
    }
    assert of_files.isdisjoint(ended.stdout.split())


def test_the_help_imports_click_and_little_more(syncd: Shell) -> None:
    code = (
        "import sys; from syncd.cli.main import exit_code_of;"
        "code = exit_code_of(['--help']); print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=syncd.folder, check=True, capture_output=True, text=True)
    ours = {name for name in ended.stderr.split() if name.startswith("syncd.")}
    rooms = {name for name in ours if not name.startswith("syncd.cli")}
    assert rooms == set()
    assert {name for name in ours if name.startswith("syncd.cli.commands.")} == set()


def test_a_paper_of_an_adopted_file_is_shown_without_the_reader_of_pages(syncd: Shell) -> None:
    text = digest_file(syncd.folder).read_text(encoding="utf-8")
    assert syncd("adopt", "from-before").code == 0
    paper = text.partition("/pdf/")[2].partition(".pdf")[0]
    code = (
        "import sys; from syncd.cli.main import exit_code_of;"
        f"code = exit_code_of(['show', '{paper}']); print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=syncd.folder, check=True, capture_output=True, text=True)
    assert set(ended.stderr.split()).isdisjoint({"selectolax", "syncd.sources", "syncd.archive.sql.ledger_tables"})


def test_without_a_command_the_help_is_shown(syncd: Shell) -> None:
    assert "Commands:" in syncd().out + syncd().err


# Failures


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--json", "nosuch"), "usage"),
        (("status", "--json", "--nosuch"), "usage"),
        (("sync", "--json", "2026-7-1"), "usage"),
        (("check", "--json", "--subset", "3of4"), "usage"),
        (("show", "--json", "nonsense"), "usage"),
        (("calendar", "--json", "2026-13"), "usage"),
        (("repair", "--json", "--restore", "--accept-file"), "usage"),
        (("sync", "--json", "--page", "/nosuch"), "usage"),
        (("diff", "--format", "json", "--against", "no-such-side"), "usage"),
        (("-c", "nosuch.toml", "status", "--json"), "config"),
    ],
)
def test_a_command_line_that_cannot_be_used_is_answered_in_json_too(
    syncd: Shell, arguments: tuple[str, ...], code: str
) -> None:
    ended = syncd(*arguments)
    assert ended.code == 2
    assert error_of(ended)["code"] == code


def test_a_missing_archive_is_reported_with_the_command_that_makes_one(syncd: Shell) -> None:
    ended = syncd("status", "--json")
    assert ended.code == 10
    assert error_of(ended)["code"] == "archive-missing"
    assert "syncd sync" in error_of(ended)["help"]


def test_a_traceback_is_shown_only_to_who_asks_twice(syncd: Shell) -> None:
    for flags, shown in (
        ([], False),
        (["-v"], False),
        (["-vv"], True),
        (["-v", "-v"], True),
        (["--verbose", "-v"], True),
    ):
        ended = syncd(*flags, "status")
        assert ("Traceback" in ended.err) is shown


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "Usage: syncd [OPTIONS] COMMAND [ARGS]..."),
        (("requests", "--release"), 2, "  see: syncd requests --help"),
        (("config",), 2, "Choose from: generate, validate, show"),
        (("db", "copy", "notaurl"), 2, "write it as sqlite:///FILE or postgresql://USER@HOST/DATABASE"),
        (("list", "--since", "2030-01-01"), 0, "no mailing of these dates is held or known"),
        (("sync", "--page", "config.toml"), 3, "save the whole page again, as HTML"),
    ],
)
def test_a_wrong_use_says_what_to_do(held: Shell, arguments: tuple[str, ...], code: int, words: str) -> None:
    ended = held(*arguments)
    assert ended.code == code
    assert words in " ".join((ended.out + ended.err).replace("\n", " \n").split()) or words in ended.err
    assert "syncd: Usage" not in ended.err


@pytest.mark.parametrize("arguments", [("calendar", "2026"), ("--help",)])
def test_a_reader_that_goes_away_is_no_failure_and_leaves_no_word(syncd: Shell, arguments: tuple[str, ...]) -> None:
    process = syncd.process(*arguments)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_run_with_its_code_what_was_done_and_what_is_left(
    syncd: Shell, server: Server, number: signal.Signals, code: int
) -> None:
    server.faults.add(faults.drip(piece=16, pause=0.2).on("/list/*"))
    process = syncd.process("sync", *(["--json"] if number == signal.SIGTERM else []))
    deadline = monotonic() + 60
    while server.in_flight == 0 and monotonic() < deadline:
        sleep(0.02)
    process.send_signal(number)
    out, messages = process.communicate()
    assert process.returncode == code
    assert "Traceback" not in messages
    assert "stopping" in messages
    if number == signal.SIGTERM:
        found = json.loads(out)
        assert (found["exit_code"], found["interrupted"], found["days"], found["requests"]) == (code, True, [], 1)
        assert found["left"] == [str(day) for day in reversed(DAYS[:4])]
        assert found["progress"] == {"doing": "fetching mailings", "done": 0, "total": 4, "unit": "day"}
        return
    shown = out.splitlines()
    assert shown[0] == "sync: nothing done; 1 request"
    assert shown[1].startswith("interrupted while fetching mailings: 0 of ")
    assert shown[1].endswith("left; run the same command again to continue")


# Streams, colour and the clock


def test_a_frozen_clock_is_said_once_on_standard_error(held: Shell) -> None:
    ended = held("status", "--json")
    assert ended.err.count("SYNCD_NOW") == 1
    assert ended.err.startswith("warning: ")
    assert "SYNCD_NOW" not in ended.out


def test_quiet_says_only_what_went_wrong(held: Shell) -> None:
    assert held("-q", "status").err == ""


def test_colour_is_given_on_demand_and_never_to_a_file(held: Shell) -> None:
    assert ANSI in held("--color", "always", "status").out
    assert ANSI not in held("status").out
    assert ANSI not in held("--color", "always", "status", "--json").out
