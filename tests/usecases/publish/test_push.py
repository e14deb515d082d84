"""Test pushing to real remotes: by fast-forward only, in a few tries, and nothing of others overwritten."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from syncd.usecases.publish.publish import PublishResult, publish
from tests.support.git_checkouts import (
    DAYS,
    ENVIRON,
    LAST,
    Host,
    edit,
    git,
    head,
    refuse_to_wait,
    root_of,
    run_publish,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.small_archive import World


pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def track(here: World, remote: Path) -> None:
    """Let the checkout's branch be pushed to `remote`."""
    root = root_of(here)
    git(root, "remote", "add", "origin", str(remote))
    git(root, "config", "branch.main.remote", "origin")
    git(root, "config", "branch.main.merge", "refs/heads/main")
    here.overrides["publish.push"] = "true"


def remote_of(here: World, folder: Path) -> Path:
    """Return an empty remote that the checkout's branch is to be pushed to."""
    git(folder.parent, "init", "-q", "--bare", str(folder))
    track(here, folder)
    return folder


def clone_of(remote: Path, folder: Path) -> Path:
    git(folder.parent, "clone", "-q", str(remote), str(folder))
    return folder


def commit_elsewhere(remote: Path, folder: Path) -> str:
    """Let a person push a commit of theirs from another clone; its id."""
    clone = clone_of(remote, folder)
    git(clone, "commit", "-q", "--allow-empty", "-m", "Of a person")
    git(clone, "push", "-q")
    return head(clone)


def test_commits_are_pushed_when_configured(here: World, tmp_path: Path) -> None:
    remote = remote_of(here, tmp_path / "remote")
    assert run_publish(here).pushed
    assert git(remote, "rev-parse", "main") == head(root_of(here))


def test_what_was_pushed_is_not_pushed_again(here: World, tmp_path: Path) -> None:
    remote = remote_of(here, tmp_path / "remote")
    run_publish(here)
    shutil.rmtree(remote)
    assert run_publish(here) == PublishResult((), pushed=True)


def test_what_could_not_be_pushed_is_pushed_the_next_time(here: World, tmp_path: Path) -> None:
    remote = remote_of(here, tmp_path / "remote")
    remote.rename(tmp_path / "away")
    waited: list[float] = []
    result = run_publish(here, sleep=waited.append)
    assert (len(result.commits), result.pushed, waited) == (len(DAYS), False, [5.0, 25.0])
    assert "not pushed after 3 tries: " in result.problem
    (tmp_path / "away").rename(remote)
    assert run_publish(here) == PublishResult((), pushed=True)
    assert git(remote, "rev-parse", "main") == head(root_of(here))


def test_a_failed_push_is_tried_again(here: World, tmp_path: Path) -> None:
    remote = remote_of(here, tmp_path / "remote")
    away = remote.rename(tmp_path / "away")

    def return_it(_seconds: float) -> None:
        away.rename(remote)

    assert run_publish(here, sleep=return_it).pushed


def test_a_branch_without_an_upstream_is_reported(here: World) -> None:
    here.overrides["publish.push"] = "true"
    result = run_publish(here)
    assert result.problem.endswith("branch main has no upstream: git push -u origin main")
    assert len(result.commits) == len(DAYS)


def test_a_diverged_remote_is_reported_and_not_overwritten(here: World, tmp_path: Path) -> None:
    remote = remote_of(here, tmp_path / "remote")
    run_publish(here)
    theirs = commit_elsewhere(remote, tmp_path / "clone")
    edit(here, LAST)
    first, second = run_publish(here), run_publish(here)
    assert "origin/main have diverged" in first.problem
    assert (len(first.commits), first.pushed) == (1, False)
    assert (second.commits, second.problem) == ((), first.problem)
    assert git(remote, "rev-parse", "main") == theirs


def test_a_known_divergence_gets_no_more_commits(here: World, tmp_path: Path) -> None:
    remote = remote_of(here, tmp_path / "remote")
    run_publish(here)
    commit_elsewhere(remote, tmp_path / "clone")
    git(root_of(here), "fetch", "-q")
    edit(here, LAST)
    before = head(root_of(here))
    assert "diverged" in run_publish(here).problem
    assert head(root_of(here)) == before


def test_two_hosts_share_one_remote(here: World, host: Host, tmp_path: Path) -> None:
    remote = remote_of(here, tmp_path / "remote")
    run_publish(here)
    there = host(tmp_path / "there")
    git(root_of(there), "init", "-q")
    track(there, remote)
    for day in DAYS[-2:]:
        there.file(day).rename(tmp_path / str(day))
    late = run_publish(there, DAYS[:-2])
    assert (late.problem, late.pushed, len(late.commits)) == ("", True, len(DAYS) - 2)
    for day in DAYS[-2:]:  # by now it is known that the remote is ahead
        (tmp_path / str(day)).rename(there.file(day))
        late = run_publish(there, [day])
        assert (late.problem, late.pushed, len(late.commits)) == ("", True, 1)
    assert head(root_of(there)) == head(root_of(here)) == git(remote, "rev-parse", "main")


def test_the_reason_of_a_remote_that_refuses_is_reported(here: World, tmp_path: Path) -> None:
    hook = remote_of(here, tmp_path / "remote") / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho Read only today >&2; exit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    assert "remote: Read only today" in run_publish(here, sleep=lambda _: None).problem


def test_a_branch_that_a_person_let_diverge_is_reported_at_once(here: World, tmp_path: Path) -> None:
    remote = remote_of(here, tmp_path / "remote")
    run_publish(here)
    theirs = commit_elsewhere(remote, tmp_path / "clone")
    git(root_of(here), "fetch", "-q")
    git(root_of(here), "commit", "-q", "--allow-empty", "-m", "Mine")
    assert "origin/main have diverged" in run_publish(here).problem
    assert git(remote, "rev-parse", "main") == theirs


def test_nothing_is_pushed_before_the_first_commit(here: World, tmp_path: Path) -> None:
    remote = remote_of(here, tmp_path / "remote")
    with here.open() as work:
        assert publish(work, [], environ=ENVIRON, sleep=refuse_to_wait) == PublishResult()
    assert git(remote, "for-each-ref") == ""


def test_a_remote_that_is_ahead_of_the_branch_is_left_alone(here: World, tmp_path: Path) -> None:
    remote = remote_of(here, tmp_path / "remote")
    run_publish(here)
    theirs = commit_elsewhere(remote, tmp_path / "clone")
    git(root_of(here), "fetch", "-q")
    assert run_publish(here) == PublishResult((), pushed=True)
    assert git(remote, "rev-parse", "main") == theirs
