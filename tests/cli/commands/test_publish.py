"""`syncd publish` as a person calls it. What it commits is tested with the use case."""

from __future__ import annotations

import shutil

import pytest

from tests.support.command_line import DAYS, Shell, error_of
from tests.support.git_checkouts import git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture
def published(held: Shell) -> Shell:
    """An archive in a checkout, with publishing turned on."""
    git(held.folder / "archive", "init", "-q")
    config = held.folder / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + "\n[publish]\ngit = true\n", encoding="utf-8")
    return held


def test_commits_are_planned_made_and_made_only_once(published: Shell) -> None:
    planned = published("publish", "-n")
    assert planned.out.splitlines() == [*(f"{day}  planned" for day in DAYS[:4]), "4 commits"]
    done = published("publish", "--json").json
    assert [(one["date"], len(one["id"]), one["edited"]) for one in done["commits"]] == [
        (str(day), 40, False) for day in DAYS[:4]
    ]
    again = published("publish")
    assert (again.code, again.out) == (0, "nothing to commit\n")


def test_what_git_refuses_is_named_and_exits_with_3(published: Shell) -> None:
    (published.folder / "archive" / ".git" / "MERGE_HEAD").write_text("", encoding="ascii")
    ended = published("publish", "--json")
    assert ended.code == 3
    assert "merge or rebase is not finished" in ended.json["error"]["message"]
    assert "not published: " in published("publish").out


def test_an_archive_that_is_not_published_says_which_key_turns_it_on(held: Shell) -> None:
    ended = held("publish", "--json")
    assert ended.code == 2
    assert "set publish.git = true" in error_of(ended)["message"]
