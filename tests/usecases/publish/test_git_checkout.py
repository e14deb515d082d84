"""A checkout seen through git: what a race with a person, another object format or a hostile environment do to it."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.usecases.publish.git_checkout import Checkout, CommitContent, GitError, open_checkout

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

ENVIRON = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "GIT_CONFIG_NOSYSTEM": "1"}
MAIN = "refs/heads/main"


def git(folder: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=A. Person", "-c", "user.email=person@example.org", "-c", "init.defaultBranch=main"]
    command = ["git", "-C", str(folder), *settings, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRON).stdout.strip()


def opened(folder: Path, **environ: str) -> Checkout:
    return open_checkout(folder, ENVIRON | environ, lambda: False)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    git(tmp_path, "init", "-q")
    return opened(tmp_path)


def content(day: int, path: str = "a.md", data: bytes = b"text\n") -> CommitContent:
    return CommitContent(date(2026, 7, day), path, data, f"Of day {day}")


def test_the_branch_moves_only_from_where_it_was(checkout: Checkout) -> None:
    first = checkout.make_commits(None, [content(1)])
    checkout.move_branch(MAIN, None, first)
    git(checkout.folder, "commit", "-q", "--allow-empty", "-m", "Mine")
    mine = checkout.find_commit(MAIN)
    with pytest.raises(GitError, match="update-ref"):
        checkout.move_branch(MAIN, first, checkout.make_commits(first, [content(2, data=b"other\n")]))
    with pytest.raises(GitError, match="update-ref"):
        checkout.move_branch(MAIN, None, first)
    assert checkout.find_commit(MAIN) == mine


def test_commits_made_beside_the_branch_leave_no_trace_until_it_moves(checkout: Checkout) -> None:
    assert checkout.make_commits(None, [content(1), content(2, "b.md")])
    assert git(checkout.folder, "for-each-ref") == ""
    assert checkout.find_commit(MAIN) is None


def test_commits_that_a_killed_run_left_beside_the_branch_do_no_harm(checkout: Checkout) -> None:
    left = checkout.make_commits(None, [content(1)])
    git(checkout.folder, "update-ref", "refs/syncd/publish", left)
    made = checkout.make_commits(None, [content(2)])
    assert checkout.list_commits(None, made) == [made]


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_a_blob_is_named_as_git_names_it(tmp_path: Path, form: str) -> None:
    git(tmp_path, "init", "-q", f"--object-format={form}")
    checkout = opened(tmp_path)
    made = checkout.make_commits(None, [content(1, 'sub/"q" \\ ä\n.md', b"")])
    assert checkout.list_blobs(made) == {'sub/"q" \\ ä\n.md': checkout.name_blob(b"")}


def test_a_path_is_never_a_pattern(checkout: Checkout) -> None:
    made = checkout.make_commits(None, [content(1, "[ab].md"), content(2, "a.md")])
    checkout.move_branch(MAIN, None, made)
    checkout.refresh_index(["[ab].md"])
    assert git(checkout.folder, "ls-files") == "[ab].md"


@pytest.mark.parametrize(
    "environ",
    [{"GIT_DIR": "/nowhere"}, {"GIT_INDEX_FILE": "/nowhere"}, {"GIT_CONFIG_PARAMETERS": "'x'"}, {"LANG": "de_DE"}],
)
def test_variables_of_the_environment_do_not_lead_git_elsewhere(checkout: Checkout, environ: dict[str, str]) -> None:
    made = opened(checkout.folder, **environ).make_commits(None, [content(1)])
    assert git(checkout.folder, "cat-file", "-t", made) == "commit"


def test_no_secret_reaches_git(checkout: Checkout) -> None:
    found = opened(checkout.folder, SYNCD_DATABASE__URL="secret", CREDENTIALS_DIRECTORY="/run/x").environ
    assert not {"SYNCD_DATABASE__URL", "CREDENTIALS_DIRECTORY"} & found.keys()
    assert found["HOME"] == "/nowhere"


def test_a_git_that_cannot_be_started_is_an_error(checkout: Checkout) -> None:
    ending = open_checkout(checkout.folder, ENVIRON, lambda: False)
    with pytest.raises(GitError, match="cannot be started"):
        Checkout(ending.folder / "gone", "", "sha1", ENVIRON, lambda: False).read_branch()
