"""The commands as a script or a person calls them: answers, exit codes, streams, dry runs and signals."""

from __future__ import annotations

import re
import signal
from datetime import date
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from syncd.cli import terminal
from syncd.cli.main import command_names
from syncd.core import digest as digests
from syncd.core.model import Digest, Entry, paper_id
from syncd.rehearsal import faults
from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server
from tests.support.command_line import Ended, Shell
from tests.support.small_archive import evening, noon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
ENTRY = Entry(paper_id("2606.30001"), "A Title", "An abstract.")
ANSI = "\x1b["


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(small_history(), lambda: noon(DAYS[3])) as made:
        yield made


@pytest.fixture
def syncd(tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = Shell(tmp_path, capsys, monkeypatch)
    shell.set_up(server, noon(DAYS[3]))
    return shell


@pytest.fixture
def held(syncd: Shell) -> Shell:
    """An archive with four mailings."""
    assert syncd("sync").code == 0
    return syncd


def digest_file(folder: Path, day: date = DAYS[0], name: str = "old.txt") -> Path:
    path = folder / "from-before" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(digests.render(Digest(day, "cs.CV", (ENTRY,), 1)))
    return path


def error_of(ended: Ended) -> dict[str, str]:
    error: dict[str, str] = ended.json["error"]
    assert set(error) == {"code", "message", "help"}
    assert ended.json["exit_code"] == ended.code
    assert ended.err.startswith("syncd: ") or "\nsyncd: " in ended.err
    return error


# Help


def test_the_help_names_every_command_and_every_exit_code(syncd: Shell) -> None:
    told = syncd("--help").out
    assert all(re.search(rf"^  {name} +[A-Z]", told, re.MULTILINE) for name in command_names())
    codes = re.findall(r"^ +(\d+(?:, \d+)*)  ", told, re.MULTILINE)
    assert codes == [*map(str, (0, 1, 2, 3, 4, 5, 6, 10, 11, 70)), "130, 143"]


@pytest.mark.parametrize("name", command_names())
def test_every_command_has_help(syncd: Shell, name: str) -> None:
    ended = syncd(name, "--help")
    assert ended.code == 0
    assert ended.out.startswith(f"Usage: syncd {name} ")


def test_without_a_command_the_help_is_shown(syncd: Shell) -> None:
    assert "Commands:" in syncd().out + syncd().err


# Answers


def test_a_sync_answers_with_its_days_and_requests(syncd: Shell) -> None:
    found = syncd("sync", "--json").json
    assert (found["schema"], found["command"], found["exit_code"]) == (1, "sync", 0)
    assert [day["action"] for day in found["days"]] == ["written"] * 4
    assert found["requests"] == 4


def test_a_second_sync_says_that_there_is_nothing_to_do(held: Shell) -> None:
    assert held("sync").out == "sync: nothing to do; 0 requests\n"


def test_status_says_what_is_held_and_how_far_behind(held: Shell) -> None:
    held.at(noon(DAYS[5]))
    told = held("status").out
    assert "held       2026-06-30 … 2026-07-03: 4 mailings" in told
    assert "newest     Fri 2026-07-03, 2 mailings behind: syncd sync" in told
    assert re.search(r"^2026-07-07 … 2026-07-08  pending +2 mailings$", told, re.MULTILINE)


def test_status_is_strict_on_demand(held: Shell) -> None:
    held.at(noon(DAYS[5]))
    assert held("status").code == 0
    assert held("status", "--strict").code == 1


def test_a_check_names_the_commands_that_repair(held: Shell) -> None:
    (held.folder / f"archive/2026/{DAYS[1]}.md").unlink()
    ended = held("check")
    assert ended.code == 1
    assert f"to fix, run:\n  syncd repair {DAYS[1]}\n" in ended.out
    assert held("repair").code == 0
    assert "no problems found" in held("check").out


def test_a_paper_and_a_mailing_are_shown(held: Shell) -> None:
    entries = held("show", "--json", str(DAYS[1])).json["entries"]
    found = held("show", entries[0]["id"], "--json").json
    assert found["announced"]["title"] == entries[0]["title"]
    assert held("show", str(DAYS[1])).out.startswith("Wed 2026-07-01  complete  ")


def test_a_long_text_is_set_to_the_width_of_the_terminal(held: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    paper = held("show", "--json", str(DAYS[1])).json["entries"][0]["id"]
    assert max(map(len, held("show", paper).out.splitlines())) <= 60


def test_the_proof_of_politeness_names_hosts_and_gaps(held: Shell) -> None:
    (host,) = held("requests", "--json").json["hosts"]
    assert host["count"] == 4
    assert host["last_status"] == 200
    assert "shortest gap" in held("requests").out


def test_releasing_a_host_that_is_not_stopped_says_so(held: Shell) -> None:
    ended = held("requests", "--release", "arxiv.org")
    assert ended.code == 0
    assert ended.out.startswith("arxiv.org is not stopped")


def test_a_stopped_host_is_released_only_without_dry_run(held: Shell, server: Server) -> None:
    held.at(noon(DAYS[4]))
    server.now = lambda: noon(DAYS[4])
    server.faults.add(faults.status(403).on("/list/*"))
    assert held("sync").code == 4
    host = server.url.removeprefix("http://")
    assert held("requests", "--release", host, "-n").out.startswith(f"{host} would be released")
    assert held("status", "--json").json["cooldowns"] == [{"host": host, "until": None}]
    assert held("requests", "--release", host, "--json").json["released"] == host
    assert held("sync").code == 0


def test_a_month_of_the_calendar_tells_closings_and_a_year_its_holidays(syncd: Shell) -> None:
    month = syncd("calendar", "2026-07").out
    assert "Tue 2026-07-07  mailing     closes Mon 06 Jul 14:00, announced Mon 06 Jul 20:00 EDT" in month
    assert len(month.splitlines()) == 31
    year = syncd("calendar", "2026").out
    assert "no mailing Mon 2026-07-06" in year
    assert len(syncd("calendar", "2026", "--json").json["days"]) == 365


def test_a_diff_of_files_is_clean_after_a_sync(held: Shell) -> None:
    assert held("diff", "--against", "files").out == "4 days compared: no difference\n"


def test_a_diff_of_format_json_is_the_same_as_json(held: Shell) -> None:
    arguments = ("diff", "--against", "sql")
    assert held(*arguments, "--format", "json").json == held(*arguments, "--json").json


# Configuration and database


def test_a_generated_configuration_is_valid(syncd: Shell) -> None:
    text = syncd("config", "generate").out
    (syncd.folder / "other.toml").write_text(text, encoding="utf-8")
    syncd.environment.delenv("SYNCD_NOW")
    assert syncd("-c", "other.toml", "config", "validate").code == 0


def test_a_bad_key_is_told_with_file_line_and_the_nearest_name(syncd: Shell) -> None:
    (syncd.folder / "config.toml").write_text("[archive]\nroot = 'a'\n\n[upstream]\nlisting_intervall = '15s'\n")
    ended = syncd("config", "validate", "--json")
    assert ended.code == 2
    message = error_of(ended)["message"]
    assert "config.toml, line 5" in message
    assert "upstream.listing_interval" in message


def test_a_bad_value_is_told_with_its_line(syncd: Shell) -> None:
    (syncd.folder / "config.toml").write_text("[upstream] # here\n'timeout' = '30 bananas'\n")
    assert "config.toml, line 2" in syncd("config", "validate").err


def test_effective_values_say_where_they_come_from_and_mask_passwords(
    syncd: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNCD_DATABASE__URL", "postgresql+psycopg://me:secret@host/archive")
    told = syncd("config", "show").out
    assert "secret" not in told
    assert "# SYNCD_DATABASE__URL" in told


def test_the_schema_is_made_named_and_checked(syncd: Shell) -> None:
    assert syncd("db", "current").code == 10
    assert syncd("db", "upgrade", "-n").out.startswith("no schema would become schema ")
    assert syncd("db", "current").code == 10
    assert syncd("db", "upgrade").code == 0
    assert syncd("db", "upgrade").out.endswith(" already\n")
    assert syncd("db", "check").code == 0
    assert syncd("db", "current", "--json").json["revision"] == syncd("db", "current", "--json").json["head"]


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
        (("diff", "--format", "json", "--against", "nobody"), "usage"),
        (("-c", "nosuch.toml", "status", "--json"), "config"),
    ],
)
def test_a_command_line_that_cannot_be_used_is_answered_in_json_too(
    syncd: Shell, arguments: tuple[str, ...], code: str
) -> None:
    ended = syncd(*arguments)
    assert ended.code == 2
    assert error_of(ended)["code"] == code


def test_a_missing_archive_is_told_with_the_command_that_makes_one(syncd: Shell) -> None:
    ended = syncd("status", "--json")
    assert ended.code == 10
    assert error_of(ended)["code"] == "archive-missing"
    assert "syncd sync" in error_of(ended)["help"]


def test_an_unknown_paper_is_no_usage_error(held: Shell) -> None:
    ended = held("show", "2101.00001", "--json")
    assert ended.code == 2
    assert error_of(ended)["code"] == "not-found"


def test_a_refused_page_is_the_days_outcome_and_the_runs_error(syncd: Shell, server: Server) -> None:
    server.faults.add(faults.halved().on(f"/catchup/*/{DAYS[1]}*"))
    ended = syncd("sync", "--json")
    assert ended.code == 3
    assert ended.json["error"]["code"] == "truncated"
    assert [day["error"]["code"] for day in ended.json["days"] if day["error"]] == ["truncated"]


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
def test_a_signal_ends_a_run_with_its_code_and_no_traceback(
    syncd: Shell, server: Server, number: signal.Signals, code: int
) -> None:
    server.faults.add(faults.drip(piece=16, pause=0.2).on("/list/*"))
    process = syncd.process("sync")
    deadline = monotonic() + 60
    while server.in_flight == 0 and monotonic() < deadline:
        sleep(0.02)
    process.send_signal(number)
    told = process.communicate()[1]
    assert process.returncode == code
    assert "Traceback" not in told
    assert "run the same command again" in told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion_script(syncd: Shell, shell: str) -> None:
    ended = syncd("completion", shell)
    assert ended.code == 0
    assert "_SYNCD_COMPLETE" in ended.out


def test_the_completion_script_is_answered_with_commands_and_options(
    syncd: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_SYNCD_COMPLETE", "bash_complete")
    for words, number, offered in ("syncd st", 1, "status"), ("syncd sync --dr", 2, "--dry-run"):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(number))
        assert f"plain,{offered}\n" in syncd().out


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


def test_colour_obeys_no_color_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert [terminal.colour(choice) for choice in ("auto", "always", "never")] == [False, True, False]
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    assert terminal.colour("auto") is None


def test_the_width_is_the_terminals_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    widths = {}
    for columns in ("10", "72", "300", "0", "wide"):
        monkeypatch.setenv("COLUMNS", columns)
        widths[columns] = terminal.width()
    assert widths == {"10": 40, "72": 72, "300": 100, "0": 80, "wide": 80}


# Dry runs


def test_a_dry_run_of_adopt_makes_no_archive(syncd: Shell) -> None:
    digest_file(syncd.folder)
    before = syncd.files()
    ended = syncd("adopt", "-n", "from-before", "--json")
    assert [day["action"] for day in ended.json["days"]] == ["planned"]
    assert syncd.files() == before


def test_a_dry_run_of_sync_makes_no_archive_and_asks_nothing(syncd: Shell, server: Server) -> None:
    before = syncd.files()
    ended = syncd("sync", "--dry-run", "--json")
    assert [day["date"] for day in ended.json["days"]] == [str(day) for day in DAYS[3::-1]]
    assert syncd.files() == before
    assert server.requests == ()


def test_a_dry_run_of_sync_is_refused_where_the_sync_would_be(syncd: Shell) -> None:
    root = syncd.folder / "archive" / "2026"
    root.mkdir(parents=True)
    digest_file(syncd.folder).rename(root / f"{DAYS[0]}.md")
    before = syncd.files()
    assert syncd("sync", "-n").code == syncd("sync").code == 6
    assert syncd.files() - before <= {"syncd.db"}


def test_a_dry_run_of_an_archive_that_exists_plans_only_what_is_missing(held: Shell) -> None:
    held.at(evening(DAYS[4]))
    assert [day["date"] for day in held("sync", "-n", "--json").json["days"]] == [str(DAYS[4])]


def saved(syncd: Shell, server: Server, day: date) -> str:
    """The name of a file that holds the catchup page of a date."""
    reply, _ = server.answer(f"/catchup/cs.CV/{day}?abs=True", (), 0)
    (syncd.folder / f"{day}.html").write_bytes(reply.body)
    return f"{day}.html"


def contents(syncd: Shell) -> dict[str, bytes]:
    return {name: (syncd.folder / name).read_bytes() for name in syncd.files()}


def test_a_dry_run_over_a_saved_page_makes_no_archive_and_plans_its_mailing(syncd: Shell, server: Server) -> None:
    arguments = ("sync", "--page", saved(syncd, server, DAYS[1]), "-n")
    before = sorted(syncd.folder.rglob("*"))
    (day,) = syncd(*arguments, "--json").json["days"]
    assert (day["date"], day["action"], day["path"]) == (str(DAYS[1]), "planned", f"2026/{DAYS[1]}.md")
    assert day["papers"] == 5
    assert "1 planned" in syncd(*arguments).out
    assert sorted(syncd.folder.rglob("*")) == before


def test_a_dry_run_over_saved_pages_ends_as_the_run_would_and_leaves_every_byte(held: Shell, server: Server) -> None:
    held.at(noon(DAYS[4]))
    server.now = lambda: noon(DAYS[4])
    held_one, new = saved(held, server, DAYS[1]), saved(held, server, DAYS[4])
    server.faults.add(faults.stale_entries())
    refused = saved(held, server, DAYS[3])
    arguments = ("sync", "--json", *(word for name in (held_one, new, refused) for word in ("--page", name)))
    before = contents(held)
    planned = held(*arguments, "-n")
    assert contents(held) == before
    done = held(*arguments)
    assert [day["action"] for day in planned.json["days"]] == ["none", "planned", "refused"]
    assert [day["action"] for day in done.json["days"]] == ["none", "written", "refused"]
    assert planned.code == done.code == 6
    assert planned.json["error"]["code"] == done.json["error"]["code"]


@pytest.mark.parametrize("more", [(str(DAYS[0]),), ("--witness",)])
def test_a_saved_page_goes_with_no_date_and_no_witness(held: Shell, server: Server, more: tuple[str, ...]) -> None:
    page = saved(held, server, DAYS[1])
    assert error_of(held("sync", "--json", "-n", "--page", page, *more))["code"] == "usage"


def test_a_dry_run_of_repair_changes_no_file(held: Shell) -> None:
    (held.folder / f"archive/2026/{DAYS[1]}.md").unlink()
    assert [day["action"] for day in held("repair", "-n", "--json").json["days"]] == ["planned"]
    assert not (held.folder / f"archive/2026/{DAYS[1]}.md").exists()


def test_a_dry_run_leaves_no_temporary_folder(syncd: Shell, tmp_path_factory: pytest.TempPathFactory) -> None:
    room = tmp_path_factory.mktemp("room")
    syncd.environment.setenv("TMPDIR", str(room))
    with syncd.process("sync", "-n") as process:
        assert "4 planned" in process.communicate()[0]
    assert list(room.iterdir()) == []
