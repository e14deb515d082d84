"""`syncd search`: what it finds, how it shows matches, and how it builds the index again."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.full_text import parse_terms
from syncd.core.markup import plain
from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server
from tests.support.command_line import Shell
from tests.support.small_archive import noon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def syncd(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    now = noon(date(2026, 7, 2))
    with Server(small_history(), lambda: now) as server:
        shell = Shell(tmp_path / "shell", capsys, monkeypatch)
        (tmp_path / "shell").mkdir()
        shell.set_up(server, now)
        assert shell("sync").code == 0
        yield shell


def test_the_command_finds_a_title_that_was_announced(syncd: Shell) -> None:
    entry = syncd("show", "2026-07-01", "--json").json["entries"][0]
    (word, *_) = parse_terms(plain(entry["title"]))[0].words
    answer = syncd("search", word, "--json").json
    assert answer["total"] >= 1
    assert entry["id"] in {hit["id"] for hit in answer["hits"]}
    assert entry["id"] in syncd("search", word, "--sort", "rank", "--limit", "1000").out
    assert syncd("search", word, "--until", "2026-06-01").out == "0 papers found\n"


def test_matches_are_bold_on_a_terminal(syncd: Shell) -> None:
    (word, *_) = parse_terms(plain(syncd("show", "2026-07-01", "--json").json["entries"][0]["title"]))[0].words
    shown = syncd("--color", "always", "search", word).out
    assert word in [part.lower() for part in re.findall("\x1b\\[1m(.*?)\x1b\\[0m", shown)]


def test_a_query_without_a_word_is_refused_with_the_reason(syncd: Shell) -> None:
    ended = syncd("search", "...")
    assert ended.code == 2
    assert "no word to search for" in ended.err


def test_the_index_is_built_again_on_demand(syncd: Shell) -> None:
    assert syncd("search", "--reindex").out == "the index was built again\n"
