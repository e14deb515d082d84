"""`syncd diff` as a person or a script calls it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server
from tests.support import faults
from tests.support.changed_history import revised
from tests.support.command_line import Shell
from tests.support.compared_archive import copy_synced_archive
from tests.support.small_archive import noon
from tests.usecases.compare.test_versions import edition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.core.model import PaperId
    from syncd.rehearsal.reply import Reply

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
DAY, LAST = DAYS[-2], DAYS[-1]
LATER = timedelta(days=120)


@pytest.fixture
def server() -> Iterator[Server]:
    clock = {"now": noon(LAST)}
    with Server(small_history(), lambda: clock["now"]) as made:
        yield made


@pytest.fixture
def held(tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """An archive of nine mailings."""
    copy_synced_archive(tmp_path)
    shell = Shell(tmp_path, capsys, monkeypatch)
    shell.set_up(server, noon(LAST))
    return shell


_TITLE = (
    "SELECT day, title FROM entry "
    "JOIN paper_text ON paper_text.paper_id = entry.paper_id AND paper_text.number = text_number WHERE entry.paper_id = ?"
)


def papers(server: Server, day: date = DAY) -> list[PaperId]:
    return [work.id for work in server.history.mailings[day, "cs.CV"].new]


def change_title(shell: Shell, paper: PaperId, title: str = "A Title No One Gave") -> str:
    """Another title in file and rows alike, as if both had always been so; the file's path."""
    with closing(sqlite3.connect(shell.folder / "syncd.db")) as connection, connection:
        ((day, before),) = connection.execute(_TITLE, (paper,))
    path = f"{day[:4]}/{day}.md"
    file = shell.folder / "archive" / path
    file.write_bytes(file.read_bytes().replace(before.encode(), title.encode(), 1))
    assert shell("repair", day, "--accept-file").code == 0
    return path


def test_an_archive_that_agrees_with_upstream_exits_with_0_and_says_so(held: Shell) -> None:
    ended = held("diff")
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == "9 days compared: no difference; 9 requests"


def test_a_fault_exits_with_1_and_shows_the_words(held: Shell, server: Server) -> None:
    paper = papers(server)[0]
    change_title(held, paper, server.history.by_id[paper].editions[0].title.replace(" ", " Anyway ", 1))
    ended = held("diff", str(DAY))
    assert ended.code == 1
    assert f"  {paper}\n    fault  title-changed\n" in ended.out
    assert "[-Anyway-]" in ended.out
    assert "\x1b" not in ended.out


def test_a_paper_is_compared_alone_by_its_id_or_its_address(held: Shell, server: Server) -> None:
    changed, other = papers(server)[:2]
    change_title(held, changed)
    for typed in (f"https://arxiv.org/abs/{changed}v1", f" ARXIV:{changed}"):
        found = held("diff", typed, "--json").json
        assert [(one["date"], one["id"]) for one in found["differences"]] == [(str(DAY), changed)]
        assert (found["papers"], found["days_compared"]) == ([changed], 1)
    ended = held("diff", other)
    assert ended.code == 0
    assert ended.out.splitlines()[-1].startswith(f"1 day compared for {other}: no difference")
    assert held("diff", other, str(DAY)).code == 1  # all of a date that is named, too


def test_a_paper_that_is_not_held_or_no_paper_is_not_compared(held: Shell, server: Server) -> None:
    ended = held("diff", "2101.00001")
    assert (ended.code, "syncd diff 2026-06-30" in ended.err) == (3, True)
    assert held("diff", "yesterday").code == 2
    assert "goes with dates" in held("diff", papers(server)[0], "--format", "unified").err


def test_in_colour_words_are_marked_by_signs_too(held: Shell, server: Server) -> None:
    paper = papers(server)[0]
    change_title(held, paper, server.history.by_id[paper].editions[0].title.replace(" ", " Anyway ", 1))
    output = held("--color", "always", "diff", str(DAY)).out
    assert "\x1b[31m" in output
    assert "[-Anyway-]" in re.sub(r"\x1b\[\d*m", "", output)


def test_drift_alone_exits_with_0_unless_strict(held: Shell, server: Server) -> None:
    server.history = revised(server.history, papers(server)[0], edition(2))
    assert held("diff", str(DAY)).code == 0
    assert held("diff", str(DAY), "--strict").code == 1
    ended = held("diff", str(DAY), "--strict", "--severity", "fault")
    assert (ended.code, "revised" in ended.out) == (1, False)


def test_json_is_the_contract_and_the_format_json_is_the_same(held: Shell, server: Server) -> None:
    change_title(held, papers(server)[0])
    found = held("diff", str(DAY), "--json").json
    assert {"schema", "command", "exit_code", "differences", "days_compared", "not_compared", "accepted"} <= set(found)
    assert (found["command"], found["exit_code"], found["days_compared"], found["accepted"]) == ("diff", 1, 1, 0)
    (one,) = found["differences"]
    assert (one["date"], one["id"], one["code"], one["severity"]) == (
        str(DAY),
        papers(server)[0],
        "title-changed",
        "fault",
    )
    assert set(one) == {"date", "id", "code", "severity", "field", "ours", "theirs", "detail"}
    again = held("diff", str(DAY), "--format", "json").json
    assert again["differences"] == found["differences"]


def test_ndjson_is_one_line_for_each_difference_and_the_rest_goes_to_standard_error(
    held: Shell, server: Server
) -> None:
    change_title(held, papers(server)[0])
    change_title(held, papers(server, LAST)[0])
    held.at(noon(LAST) + timedelta(days=87))  # some of the dates lie beyond the reach of pages by now
    ended = held("diff", "--source", "catchup", "--since", str(DAYS[0]), "--format", "ndjson")
    found = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code in {1, 5}
    assert {one["code"] for one in found} <= {"title-changed"}
    assert "not compared: mailing of" in ended.err


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs the program `patch`")
def test_the_unified_format_applies_with_patch(held: Shell, server: Server) -> None:
    before = (held.folder / "archive" / f"2026/{DAY}.md").read_bytes()
    path = change_title(held, papers(server)[0])
    patch = held("diff", str(DAY), "--format", "unified")
    assert patch.code == 1
    subprocess.run(["patch", "-p1", "--quiet"], cwd=held.folder / "archive", input=patch.out.encode(), check=True)
    assert (held.folder / "archive" / path).read_bytes() == before


@pytest.mark.parametrize(
    ("form", "output"), [("stat", " 2026-07-10 | 1 +-"), ("markdown", "## 2026-07-10"), ("html", "<!DOCTYPE html>")]
)
def test_every_format_is_printed(held: Shell, server: Server, form: str, output: str) -> None:
    change_title(held, papers(server)[0])
    ended = held("diff", str(DAY), "--format", form)
    assert (ended.code, output in ended.out) == (1, True)


def test_an_accepted_difference_is_not_shown_until_it_changes(held: Shell, server: Server) -> None:
    paper = papers(server)[0]
    change_title(held, paper)
    ended = held("diff", str(DAY), "--accept", "--note", "a slip of arXiv's")
    assert "1 difference accepted" in ended.err
    assert ended.code == 1
    quiet = held("diff", str(DAY))
    assert quiet.code == 0
    assert "1 accepted difference not shown; -v lists them" in quiet.out
    assert f"accepted: {DAY}  {paper}  title-changed" in held("-v", "diff", str(DAY)).out
    change_title(held, paper, "A Third Title")
    assert held("diff", str(DAY)).code == 1


def test_only_what_is_shown_is_accepted(held: Shell, server: Server) -> None:
    one, other = papers(server)[0], papers(server, LAST)[0]
    change_title(held, one)
    server.history = revised(server.history, papers(server)[1], edition(2))
    held("diff", "--accept", "--severity", "fault")
    found = held("diff", "--json").json
    assert {difference["code"] for difference in found["differences"]} <= {"revised"}
    assert found["accepted"] == 1
    assert other


def test_a_plan_sends_no_request(held: Shell, server: Server) -> None:
    held.at(noon(LAST) + LATER)
    found = held("diff", "--since", str(DAYS[0]), "--plan", "--json").json
    assert found["days"][0] == {"date": str(DAYS[0]), "source": "api"}
    assert found["requests"] > 0
    assert server.requests == ()
    assert "no request was sent" in held("diff", "--since", str(DAYS[0]), "--plan").out


@pytest.mark.parametrize("source", ["auto", "catchup", "oai", "api", "rss", "snapshot"])
def test_every_source_can_be_named(held: Shell, source: str) -> None:
    ended = held("diff", "--source", source, "--json")
    assert ended.code in {0, 1}
    assert ended.json["not_compared"] or ended.json["days_compared"]


def test_the_feed_is_compared_with_today_only(held: Shell, server: Server) -> None:
    assert held("diff", "--source", "rss").code == 0
    assert [asked.path for asked in server.requests] == ["/rss/cs.CV"]


def test_files_and_rows_are_compared_without_a_request(held: Shell, server: Server) -> None:
    (held.folder / f"archive/2026/{DAY}.md").unlink()
    for side in ("files", "sql"):
        found = held("diff", "--against", side, "--json")
        assert (found.code, [d["code"] for d in found.json["differences"]]) == (1, ["file-missing"])
    assert server.requests == ()


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs the program `patch`")
def test_a_patch_of_files_brings_an_edited_one_back(held: Shell) -> None:
    file = held.folder / f"archive/2026/{DAY}.md"
    before = file.read_bytes()
    file.write_bytes(before.replace(b"### 1.", b"### 1.Edited ", 1))
    patch = held("diff", "--against", "sql", "--format", "unified")
    subprocess.run(["patch", "-p1", "--quiet"], cwd=held.folder / "archive", input=patch.out.encode(), check=True)
    assert file.read_bytes() == before


def test_trouble_with_upstream_exits_with_4_and_shows_what_was_seen(held: Shell, server: Server) -> None:
    change_title(held, papers(server, LAST)[0])
    server.faults.add(faults.status(503, retry_after=60).on(f"/catchup/cs.CV/{DAY}*", times=None))
    ended = held("diff", "--json")
    assert ended.code == 4
    assert (ended.json["days_compared"], ended.json["differences"]) == (1, [])
    texts = [one["date"] for one in ended.json["not_compared"] if one["what"] != "mailing"]
    assert texts == [str(LAST)], "without an answer about its version, a text is no fault"
    assert len(ended.json["not_compared"]) == 8 + len(texts)


def test_what_upstream_sent_and_could_not_be_used_exits_with_3_and_says_what_to_do(held: Shell, server: Server) -> None:
    server.faults.add(faults.halved().on("/rss/*"))
    ended = held("diff", str(LAST), "--source", "rss")
    assert ended.code == 3
    assert ended.out.splitlines() == [
        f"not compared: mailing of {LAST}: the feed was rejected: ends before its end",
        "  run the same command again later, or ask another source: --source",
        "nothing was compared; 1 request",
    ]


def test_a_text_is_not_called_missing_where_the_answer_with_it_was_rejected(held: Shell, server: Server) -> None:
    server.faults.add(faults.halved().on("/api/*", times=None))
    ended = held("diff", str(DAY), "--source", "api", "--json")
    assert ended.code == 3
    texts = {one["why"] for one in ended.json["not_compared"] if one["what"].startswith("text of ")}
    assert texts == {"the API's answer was rejected: ends before its end"}


@pytest.mark.parametrize(
    ("pattern", "new", "why"),
    [
        (rb"<summary>.*?</summary>", b"", "no summary"),
        (rb"<entry>(.*?)(</summary>.*?</entry>)", rb"\g<0><entry>\1 More.\2", "given twice, and differently"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named_and_no_fault(
    held: Shell, server: Server, pattern: bytes, new: bytes, why: str
) -> None:
    def damage(whole: Reply, _scene: object) -> Reply:
        return replace(whole, body=re.sub(pattern, new, whole.body, count=1, flags=re.DOTALL))

    server.faults.add(faults.Fault("bad entry", reply=damage).on("/api/*", times=None))
    ended = held("diff", str(DAY), "--source", "api", "--json")
    assert (ended.code, ended.json["differences"]) == (3, [])
    (text,) = (one["why"] for one in ended.json["not_compared"] if one["what"].startswith("text of "))
    assert re.fullmatch(rf"the API's entry \S+v1 could not be read: {why}", text)


def test_dates_with_nothing_to_compare_are_listed_and_not_called_equal(held: Shell) -> None:
    weekend, future, before = "2026-07-04", "2026-08-03", "2026-06-01"
    for against in ("upstream", "sql"):
        found = held("diff", "--against", against, weekend, future, before, "--json").json
        assert [(one["date"], one["why"]) for one in found["skipped"]] == [
            (before, "before 2026-06-30, where the archive begins"),
            (weekend, "no mailing: weekend"),
            (future, "not announced yet"),
        ]
        assert (found["days_compared"], found["not_compared"], found["requests"]) == (0, [], 0)
    ended = held("diff", "--since", weekend, "--until", "2026-07-05")
    assert ended.out.splitlines() == [
        "nothing to examine on 2026-07-04 2026-07-05: no mailing: weekend",
        "nothing was compared",
    ]


@pytest.mark.parametrize("form", ["stat", "html", "markdown", "unified", "ndjson"])
def test_the_remarks_of_every_format_count_what_was_shown(held: Shell, server: Server, form: str) -> None:
    server.history = revised(server.history, papers(server)[0], edition(2))
    ended = held("diff", str(DAY), "2026-07-04", "--format", form)
    assert "no difference" not in ended.err
    assert "1 day compared: 2 differences; 3 requests" in ended.err


def test_what_matters_less_is_counted_where_it_is_not_shown(held: Shell, server: Server) -> None:
    server.history = revised(server.history, papers(server)[0], edition(2))
    ended = held("diff", str(DAY), "--severity", "fault")
    assert ended.out.splitlines()[-1] == (
        "1 day compared: 0 differences, 2 differences of less weight not shown; 3 requests"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("--against", "files", "--plan"),
        ("--against", "sql", "--source", "oai"),
        ("--note", "why"),
        ("--plan", "--accept"),
        ("--source", "no-such-source"),
        ("--format", "xml"),
    ],
)
def test_contradicting_options_are_a_usage_error(held: Shell, arguments: tuple[str, ...]) -> None:
    ended = held("diff", *arguments)
    assert ended.code == 2
    assert "syncd diff --help" in ended.err


def test_a_diff_of_files_is_clean_after_a_sync(held: Shell) -> None:
    assert held("diff", "--against", "files").out == "9 days compared: no difference\n"


def test_a_diff_of_format_json_is_the_same_as_json(held: Shell) -> None:
    arguments = ("diff", "--against", "sql")
    assert held(*arguments, "--format", "json").json == held(*arguments, "--json").json
