"""Test a checkout with a real git: races with a person, other object formats, hostile environments, and every limit."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.usecases.publish.git_checkout import (
    Checkout,
    CommitContent,
    GitError,
    PushRejected,
    PushTarget,
    open_checkout,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

ENVIRON = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "GIT_CONFIG_NOSYSTEM": "1"}
MAIN = "refs/heads/main"


def git(folder: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=A. Person", "-c", "user.email=person@example.org", "-c", "init.defaultBranch=main"]
    command = ["git", "-C", str(folder), *settings, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRON).stdout.strip()


def open_here(folder: Path, **environ: str) -> Checkout:
    return open_checkout(folder, ENVIRON | environ, lambda: False)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    git(tmp_path, "init", "-q")
    return open_here(tmp_path)


def content(day: int, path: str = "a.md", data: bytes = b"text\n") -> CommitContent:
    return CommitContent(date(2026, 7, day), path, data, f"Of day {day}")


def test_the_branch_moves_only_from_where_it_was(checkout: Checkout) -> None:
    (first,) = checkout.make_commits(None, [content(1)])
    checkout.move_branch(MAIN, None, first)
    git(checkout.folder, "commit", "-q", "--allow-empty", "-m", "Mine")
    mine = checkout.find_commit(MAIN)
    with pytest.raises(GitError, match="update-ref"):
        checkout.move_branch(MAIN, first, checkout.make_commits(first, [content(2, data=b"other\n")])[-1])
    with pytest.raises(GitError, match="update-ref"):
        checkout.move_branch(MAIN, None, first)
    assert checkout.find_commit(MAIN) == mine


def test_commits_made_beside_the_branch_leave_no_trace_until_it_moves(checkout: Checkout) -> None:
    assert checkout.make_commits(None, [content(1), content(2, "b.md")])
    assert git(checkout.folder, "for-each-ref") == ""
    assert checkout.find_commit(MAIN) is None


def test_commits_that_a_killed_run_left_beside_the_branch_do_no_harm(checkout: Checkout) -> None:
    (left,) = checkout.make_commits(None, [content(1)])
    git(checkout.folder, "update-ref", "refs/syncd/publish", left)
    (made,) = checkout.make_commits(None, [content(2)])
    assert git(checkout.folder, "rev-list", made) == made
    assert git(checkout.folder, "for-each-ref") == ""


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_a_blob_is_named_as_git_names_it(tmp_path: Path, form: str) -> None:
    git(tmp_path, "init", "-q", f"--object-format={form}")
    checkout = open_here(tmp_path)
    (made,) = checkout.make_commits(None, [content(1, 'sub/"q" \\ ä\n.md', b"")])
    assert git(tmp_path, "for-each-ref") == ""
    assert checkout.list_blobs(made) == {'sub/"q" \\ ä\n.md': checkout.name_blob(b"")}


def test_a_path_is_never_a_pattern(checkout: Checkout) -> None:
    first, second = checkout.make_commits(None, [content(1, "[ab].md"), content(2, "a.md")])
    assert git(checkout.folder, "rev-list", "--reverse", second).split() == [first, second]
    checkout.move_branch(MAIN, None, second)
    checkout.refresh_index(["[ab].md"])
    assert git(checkout.folder, "ls-files") == "[ab].md"


@pytest.mark.parametrize(
    "environ",
    [{"GIT_DIR": "/nowhere"}, {"GIT_INDEX_FILE": "/nowhere"}, {"GIT_CONFIG_PARAMETERS": "'x'"}, {"LANG": "de_DE"}],
)
def test_variables_of_the_environment_do_not_lead_git_elsewhere(checkout: Checkout, environ: dict[str, str]) -> None:
    (made,) = open_here(checkout.folder, **environ).make_commits(None, [content(1)])
    assert git(checkout.folder, "cat-file", "-t", made) == "commit"


def test_no_secret_reaches_git(checkout: Checkout) -> None:
    found = open_here(checkout.folder, SYNCD_DATABASE__URL="secret", CREDENTIALS_DIRECTORY="/run/x").environ
    assert not {"SYNCD_DATABASE__URL", "CREDENTIALS_DIRECTORY"} & found.keys()
    assert found["HOME"] == "/nowhere"


def test_a_git_that_cannot_be_started_is_an_error(checkout: Checkout) -> None:
    ending = open_checkout(checkout.folder, ENVIRON, lambda: False)
    with pytest.raises(GitError, match="cannot be started"):
        Checkout(ending.folder / "gone", "", "sha1", ENVIRON, lambda: False).read_branch()


def recording_git(folder: Path, script: str = "") -> dict[str, str]:
    """Return an environment in which `git` first runs `script`, and keeps the arguments of every call in `calls`."""
    real = shutil.which("git")
    (folder / "bin").mkdir()
    wrapper = folder / "bin" / "git"
    wrapper.write_text(
        f'#!/bin/sh\nprintf "%s " "$@" >> "{folder}/calls"; echo >> "{folder}/calls"\n{script}\nexec {real} "$@"\n'
    )
    wrapper.chmod(0o755)
    return {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}


@pytest.mark.parametrize(
    "setting",
    [
        "--no-optional-locks",
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "core.quotePath=false",
        "gc.auto=0",
        "commit.gpgSign=false",
        "push.gpgSign=false",
        "push.followTags=false",
        "push.recurseSubmodules=no",
    ],
)
def test_every_git_runs_without_hooks_signatures_and_garbage_collection(
    checkout: Checkout, tmp_path_factory: pytest.TempPathFactory, setting: str
) -> None:
    folder = tmp_path_factory.mktemp("git")
    recorded = open_here(checkout.folder, **recording_git(folder))
    recorded.move_branch(MAIN, None, recorded.make_commits(None, [content(1)])[-1])
    recorded.refresh_index(["a.md"])
    recorded.list_changed()
    calls = (folder / "calls").read_text().splitlines()
    assert len(calls) >= 5
    assert all(setting in call.split() for call in calls)


def test_no_language_or_repository_of_the_environment_reaches_git(checkout: Checkout) -> None:
    given = {
        "LC_MESSAGES": "de_DE",
        "LANG": "de_DE",
        "LANGUAGE": "de",
        "GIT_DIR": "/nowhere",
        "GIT_TERMINAL_PROMPT": "1",
    }
    found = open_here(checkout.folder, **given).environ
    assert not {"LC_MESSAGES", "LANG", "LANGUAGE", "GIT_DIR"} & found.keys()
    assert (found["LC_ALL"], found["GIT_TERMINAL_PROMPT"]) == ("C", "0")


@pytest.mark.parametrize(("size", "is_read"), [(1 << 24, True), ((1 << 24) + 1, False)])
def test_sixteen_mebibytes_are_read_of_what_git_prints(
    checkout: Checkout, tmp_path_factory: pytest.TempPathFactory, size: int, is_read: bool
) -> None:
    environ = recording_git(tmp_path_factory.mktemp("git"), f"head -c {size} /dev/zero | tr '\\0' a; exit 0")
    hostile = Checkout(checkout.folder, "", "sha1", ENVIRON | environ, lambda: False)
    if is_read:
        assert hostile.list_untracked() == ["a" * size]
    else:
        with pytest.raises(GitError, match="more than 16 MiB"):
            hostile.list_untracked()


@pytest.mark.parametrize(
    "name", ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "sequencer"]
)
def test_whatever_a_person_has_not_finished_is_found(checkout: Checkout, name: str) -> None:
    assert checkout.find_unfinished() is None
    (checkout.folder / ".git" / name).mkdir()
    assert checkout.find_unfinished() == name


def test_patterns_are_excluded_once_and_each_on_its_own_line(checkout: Checkout) -> None:
    exclude = checkout.folder / ".git" / "info" / "exclude"
    exclude.unlink(missing_ok=True)
    for _ in range(2):
        checkout.exclude(["a", "b"])
    assert exclude.read_text(encoding="utf-8") == "a\nb\n"
    exclude.write_text("a", encoding="utf-8")
    checkout.exclude(["a", "b"])
    assert exclude.read_text(encoding="utf-8") == "a\nb\n"


@pytest.mark.parametrize("missing", ["branch.main.remote", "branch.main.merge"])
def test_a_branch_has_an_upstream_only_with_remote_and_ref(checkout: Checkout, missing: str) -> None:
    git(checkout.folder, "remote", "add", "origin", "/nowhere")
    git(checkout.folder, "config", "branch.main.remote", "origin")
    git(checkout.folder, "config", "branch.main.merge", "refs/heads/main")
    checkout.move_branch(MAIN, None, checkout.make_commits(None, [content(1)])[-1])
    assert checkout.find_push_target(MAIN) == PushTarget("origin", "refs/heads/main", "refs/remotes/origin/main")
    git(checkout.folder, "config", "--unset", missing)
    assert checkout.find_push_target(MAIN) is None


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        ("one\ntwo\nthree\nfour\n", "one; two; three"),
        ("hint: try\nfatal: broken\nnoise\n", "fatal: broken"),
        ("remote: no\nerror: failed\n", "remote: no; error: failed"),
        ("", "exited with 7"),
    ],
)
def test_a_failure_is_reported_in_at_most_three_lines_of_git(
    checkout: Checkout, tmp_path_factory: pytest.TempPathFactory, stderr: str, message: str
) -> None:
    environ = recording_git(tmp_path_factory.mktemp("git"), f"printf '{stderr}' >&2; exit 7")
    with pytest.raises(GitError) as caught:
        Checkout(checkout.folder, "", "sha1", ENVIRON | environ, lambda: False).list_changed()
    assert str(caught.value) == f"{checkout.folder}: git status: {message}"


def test_only_a_rejection_for_other_commits_is_one(
    checkout: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    target = PushTarget("origin", "refs/heads/main", "refs/remotes/origin/main")
    for reason in ("(non-fast-forward)", "(fetch first)", "(pre-receive hook declined)"):
        folder = tmp_path_factory.mktemp("git")
        environ = recording_git(folder, f"echo '!\tmain:main\t[rejected] {reason}'; exit 1")
        refused = Checkout(checkout.folder, "", "sha1", ENVIRON | environ, lambda: False)
        with pytest.raises(GitError) as caught:
            refused.push(MAIN, target)
        assert isinstance(caught.value, PushRejected) is (reason != "(pre-receive hook declined)")
