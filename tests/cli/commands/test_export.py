"""`syncd export`: every paper in each format, to standard output or into a file that appears whole."""

from __future__ import annotations

import csv
import io
import json
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from pybtex.database import parse_string

from tests.support.command_line import DAYS, error_of

if TYPE_CHECKING:
    from tests.support.command_line import Shell


def list_entries(held: Shell) -> list[tuple[str, int, str]]:
    """Return date, number and id of every entry held, in order."""
    found = []
    for day in DAYS[:4]:
        entries = held("show", str(day), "--json").json["entries"]
        found += [(str(day), entry["number"], entry["id"]) for entry in entries]
    return found


def test_every_paper_is_exported_once_in_the_order_of_its_first_mailing(held: Shell) -> None:
    ended = held("export")
    papers = [json.loads(line) for line in ended.out.splitlines()]
    firsts = list({paper: (day, number, paper) for day, number, paper in reversed(list_entries(held))}.values())
    assert [(one["first_mailing"], one["number"], one["id"]) for one in papers] == firsts[::-1]
    assert ended.code == 0
    assert "no paper found" not in ended.err


def test_the_formats_have_the_same_papers(held: Shell) -> None:
    ids = [json.loads(line)["id"] for line in held("export").out.splitlines()]
    table = csv.DictReader(io.StringIO(held("export", "--format", "csv").out, newline=""))
    assert [row["id"] for row in table] == ids
    references = parse_string(held("export", "--format", "bibtex").out, "bibtex").entries
    assert list(references) == [f"arXiv:{paper}" for paper in ids]


def test_a_range_chooses_by_first_mailing(held: Shell) -> None:
    days = {json.loads(line)["first_mailing"] for line in held("export", "--since", "2026-07-01").out.splitlines()}
    assert days == {str(day) for day in DAYS[1:4]}
    days = {json.loads(line)["first_mailing"] for line in held("export", "--until", "2026-07-01").out.splitlines()}
    assert days == {str(day) for day in DAYS[:2]}


def test_a_query_is_one_of_the_search(held: Shell) -> None:
    ids = [json.loads(line)["id"] for line in held("export", "title:shadows OR clocks").out.splitlines()]
    assert sorted(ids) == sorted(hit["id"] for hit in held("search", "title:shadows OR clocks", "--json").json["hits"])
    assert 0 < len(ids) < len(held("export").out.splitlines())
    ended = held("export", "...")
    assert ended.code == 2
    assert "no word to search for" in ended.err


def test_no_paper_is_said_beside_the_result(held: Shell) -> None:
    ended = held("export", "--until", "2020-01-01")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.endswith("no paper found\n")
    assert held("-q", "export", "--until", "2020-01-01").err == ""


def test_two_exports_are_equal(held: Shell) -> None:
    assert held("export", "--format", "bibtex").out == held("export", "--format", "bibtex").out


def test_a_file_has_the_same_bytes_and_replaces_the_old_one(held: Shell) -> None:
    file = held.folder / "papers.csv"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o600)
    shown = held("export", "--format", "csv").out
    ended = held("export", "--format", "csv", "-o", "papers.csv")
    count = len(held("export").out.splitlines())
    assert ended.out == f"{count} papers written to papers.csv\n"
    assert file.read_bytes() == shown.encode()
    assert stat.S_IMODE(file.stat().st_mode) & 0o600 == 0o600
    assert not list(held.folder.glob(".papers*"))


def test_the_answer_in_json_describes_the_file(held: Shell) -> None:
    answer = held("export", "--format", "bibtex", "-o", "papers.bib", "--json").json
    assert answer.pop("papers") > 0
    assert answer == {"schema": 1, "command": "export", "exit_code": 0, "format": "bibtex", "path": "papers.bib"}


def test_json_without_a_file_is_refused_with_the_format_that_helps(held: Shell) -> None:
    ended = held("export", "--json")
    assert ended.code == 2
    assert "--format jsonl" in error_of(ended)["message"]


@pytest.mark.parametrize("name", ["archive/papers.csv", "vault/papers.csv", "syncd.db", "syncd.db-wal", "link/p.csv"])
def test_files_of_the_archive_are_not_replaced(held: Shell, name: str) -> None:
    (held.folder / "link").symlink_to(held.folder / "archive")
    files = held.files()
    ended = held("export", "-o", name)
    assert ended.code == 6
    assert "archive" in ended.err
    assert held.files() == files
    assert held("check").code == 0


def test_a_folder_that_is_missing_is_named(held: Shell) -> None:
    ended = held("export", "-o", "nowhere/papers.csv")
    assert ended.code == 2
    assert "no folder 'nowhere'" in ended.err


def test_a_reader_that_closes_early_ends_the_export_without_an_error(held: Shell) -> None:
    with held.process("export", stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait() == 0
        assert "Error" not in process.stderr.read()


def test_there_must_be_an_archive(syncd: Shell) -> None:
    assert syncd("export").code == 10
