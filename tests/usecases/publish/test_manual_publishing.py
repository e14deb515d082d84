"""Test publishing as a person or a timer asks for it: what the daemon would commit, without a daemon."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.commit_order import CommitOrder
from syncd.archive.sql.leader_lock import sole_turn
from syncd.core.errors import ConfigError
from syncd.usecases.publish.manual_publishing import publish_now
from tests.support.git_checkouts import DAYS, ENVIRON, LAST, edit, git, is_clean, log, refuse_to_wait, root_of

if TYPE_CHECKING:
    from syncd.usecases.publish.publish import PublishResult
    from tests.support.small_archive import World

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def run_now(here: World, *, dry_run: bool = False) -> PublishResult:
    with here.open() as work:
        return publish_now(work, dry_run=dry_run, environ=ENVIRON, sleep=refuse_to_wait)


def test_everything_that_no_commit_holds_is_committed_by_date(here: World) -> None:
    done = run_now(here)
    assert [commit.day for commit in done.commits] == DAYS
    assert (done.problem, done.waits) == ("", False)
    assert log(root_of(here), "%as") == list(map(str, DAYS))
    assert is_clean(root_of(here))
    assert run_now(here).commits == ()


def test_a_dry_run_names_the_same_commits_and_changes_nothing(here: World) -> None:
    planned = run_now(here, dry_run=True)
    assert [(commit.day, commit.id) for commit in planned.commits] == [(day, "") for day in DAYS]
    assert git(root_of(here), "for-each-ref") == ""
    assert ".syncd-*" not in (root_of(here) / ".git" / "info" / "exclude").read_text(encoding="utf-8")
    with here.open() as work:
        assert CommitOrder(work.database).list_entries() == {}
    assert [commit.day for commit in run_now(here).commits] == DAYS
    edit(here, LAST)
    assert [(commit.day, commit.edited) for commit in run_now(here, dry_run=True).commits] == [(LAST, True)]


def test_what_a_turn_of_the_daemon_is_recording_is_left_to_it(here: World) -> None:
    with here.open() as work, sole_turn(work.database) as is_current:
        assert is_current is not None
        done = publish_now(work, environ=ENVIRON, sleep=refuse_to_wait)
    assert (done.commits, done.waits) == ((), True)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_file_that_a_person_edited_is_named_and_the_others_are_committed(here: World, *, dry_run: bool) -> None:
    edit(here, LAST, accept=False)
    done = run_now(here, dry_run=dry_run)
    assert [commit.day for commit in done.commits] == DAYS[:-1]
    assert done.unfit == (LAST,)
    assert f"not what the archive holds: {LAST}; see: syncd check" in done.problem


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_foreign_change_in_the_checkout_is_named_and_nothing_is_committed(here: World, *, dry_run: bool) -> None:
    run_now(here)
    (root_of(here) / "notes.txt").write_text("mine", encoding="utf-8")
    git(root_of(here), "add", "notes.txt")
    done = run_now(here, dry_run=dry_run)
    assert "changes that are not syncd's: notes.txt" in done.problem


def test_a_configuration_that_does_not_publish_is_refused_with_the_key(here: World) -> None:
    here.overrides["publish.git"] = "false"
    with pytest.raises(ConfigError, match=r"publish\.git = true"):
        run_now(here)
