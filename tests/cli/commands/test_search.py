"""`syncd search`: what it finds, how it shows matches, counts them by month, and builds the index again."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.core.markup import plain
from syncd.core.query.word_forms import split_words
from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server
from tests.support.command_line import Shell
from tests.support.small_archive import noon
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def syncd(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    now = noon(date(2026, 7, 2))
    with Server(small_history(), lambda: now) as server:
        shell = Shell(tmp_path / "shell", capsys, monkeypatch)
        copy_synced(shell.folder, now)
        shell.set_up(server, now)
        yield shell


def read_title(syncd: Shell) -> tuple[str, str]:
    """Return the id of a paper, and the first words of its title as a phrase."""
    entry = syncd("show", "2026-07-01", "--json").json["entries"][0]
    return entry["id"], " ".join(split_words(plain(entry["title"]))[:3])


def test_the_command_finds_a_title_that_was_announced(syncd: Shell) -> None:
    paper, phrase = read_title(syncd)
    answer = syncd("search", f'title:"{phrase}"', "--json").json
    assert answer["total"] >= 1
    assert answer["ranked"] is None
    assert paper in {hit["id"] for hit in answer["hits"]}
    assert paper in syncd("search", phrase, "--sort", "rank", "--limit", "1000").out
    assert syncd("search", phrase, "--until", "2026-06-01").out == "0 papers found\n"
    assert syncd("search", f"({phrase}) until:2026-06-01").out == "0 papers found\n"
    assert syncd("search", paper, "--json").json["total"] == 1


def test_a_phrase_that_the_shell_unquoted_stays_one(syncd: Shell) -> None:
    _, phrase = read_title(syncd)
    reversed_words = " ".join(phrase.split()[::-1])
    assert syncd("search", "since:2026", f"title:{phrase}", "--json").json["total"] >= 1
    assert syncd("search", "since:2026", f"title:{reversed_words}", "--json").json["total"] == 0


def test_authors_and_categories_are_found_as_the_listing_named_them(syncd: Shell) -> None:
    answer = syncd("search", "category:cs.CV", "NOT", "author:nemo", "--json").json
    assert answer["total"] >= len(answer["hits"]) > 0


def test_matches_are_bold_on_a_terminal(syncd: Shell) -> None:
    word = read_title(syncd)[1].split()[0]
    shown = syncd("--color", "always", "search", word).out
    assert word in [part.lower() for part in re.findall("\x1b\\[1m(.*?)\x1b\\[0m", shown)]


def test_papers_are_counted_by_month(syncd: Shell) -> None:
    _, phrase = read_title(syncd)
    months = syncd("search", "--by", "month", phrase, "--json").json
    assert months["total"] == syncd("search", phrase, "--json").json["total"]
    assert [month["month"] for month in months["months"]] == sorted(month["month"] for month in months["months"])
    everything = syncd("search", "--by", "month", "--json").json
    assert all(month["papers"] == month["of"] > 0 for month in everything["months"])
    lines = syncd("search", "--by", "month", "--since", "2026-07-01", phrase).out.splitlines()
    assert len(lines) == 2
    assert re.fullmatch(r"2026-07 +\d+  of +\d+ +\d+\.\d%", lines[0])
    assert re.fullmatch(r"\d+ papers? found", lines[1])


@pytest.mark.parametrize("typed", ["...", '"', "()", "*"])
def test_a_query_without_a_word_is_refused_with_the_reason(syncd: Shell, typed: str) -> None:
    ended = syncd("search", typed)
    assert ended.code == 2
    assert "no word to search for" in ended.err


def test_the_index_is_built_again_on_demand(syncd: Shell) -> None:
    assert syncd("search", "--reindex").out == "the index was built again\n"


def test_a_search_without_a_match_says_what_each_part_finds(syncd: Shell) -> None:
    ended = syncd("search", "depth", "zeppelin", "category:cs.CV")
    assert ended.out.splitlines()[0] == "0 papers found"
    assert "zeppelin 0, category:cs.cv " in ended.out.splitlines()[1]
    found = syncd("search", "--json", '"zeppelin depth"').json
    assert [one["query"] for one in found["alone"]] == ["zeppelin", "depth"]
    assert syncd("search", "--json", "zeppelin").json["alone"] == []


def test_a_saved_search_is_asked_by_name_and_can_be_narrowed_down(
    syncd: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper, phrase = read_title(syncd)
    monkeypatch.setenv("SYNCD_SEARCHES__TITLE", f'"{phrase}" OR zzzz')
    answer = syncd("search", "--saved", "title", "--json").json
    assert answer["query"] == f'"{phrase}" OR zzzz'
    assert paper in {hit["id"] for hit in answer["hits"]}
    assert syncd("search", "--saved", "title", "--since", "2026-07-02", "--json").json["total"] == 0
    assert syncd("search", "--saved", "title", "category:math.NT", "--json").json["total"] == 0
    refused = syncd("search", "--saved", "titles")
    assert refused.code == 2
    assert "there is: title" in refused.err
