"""Test publishing a small archive with a real git: one commit a mailing, the same on every host, no foreign file touched."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import sqlalchemy as sa

from syncd.archive.files import marker
from syncd.archive.sql.daemon_tables import PUBLISHED
from syncd.archive.sql.store import Store
from syncd.core import digest as digests
from syncd.core.model import Finding, State
from syncd.core.reconcile import Choice
from syncd.usecases.ingest import sync
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.publish.publish import PublishResult, extend_commit_order, publish
from syncd.usecases.reconcile import recover, repair
from syncd.usecases.reconcile.write import Provenance, write_mailings
from syncd.usecases.workspace import Access, open_workspace
from tests.support.git_checkouts import (
    DAYS,
    ENVIRON,
    LAST,
    Host,
    edit,
    git,
    head,
    is_clean,
    log,
    refuse_to_wait,
    root_of,
    run_publish,
)
from tests.support.small_archive import World, noon, world
from tests.support.sound_archive import copied, invented

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from syncd.usecases.workspace import Workspace

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def test_nothing_is_published_unless_configured(here: World) -> None:
    here.overrides["publish.git"] = "false"
    assert run_publish(here) == PublishResult()
    assert git(root_of(here), "for-each-ref") == ""


def test_each_mailing_becomes_one_commit_by_listing_date(here: World) -> None:
    result = run_publish(here, DAYS[::-1])
    assert [(commit.day, commit.edited) for commit in result.commits] == [(day, False) for day in DAYS]
    assert [commit.id for commit in result.commits] == log(root_of(here), "%H")
    assert log(root_of(here)) == [digests.heading(day, "cs.CV").removeprefix("# ") for day in DAYS]
    assert (result.problem, result.pushed) == ("", False)


def test_a_commit_is_dated_by_its_listing_and_holds_one_file(here: World) -> None:
    run_publish(here)
    headers = log(root_of(here), "%an <%ae> %aI %cn <%ce> %cI")
    who = "syncd <syncd@localhost>"
    assert headers == [f"{who} {day}T12:00:00+00:00 {who} {day}T12:00:00+00:00" for day in DAYS]
    for day, commit in zip(DAYS, log(root_of(here), "%H"), strict=True):
        changed = git(root_of(here), "show", "--root", "--format=", "--raw", "--no-abbrev", commit).splitlines()
        assert [line.split()[1] + line.partition("\t")[2] for line in changed] == [f"100644{day:%Y}/{day}.md"]


def test_the_checkout_is_clean_afterwards_and_the_files_untouched(here: World) -> None:
    before = {day: here.file(day).stat().st_ino for day in DAYS}
    run_publish(here)
    assert is_clean(root_of(here))
    assert {day: here.file(day).stat().st_ino for day in DAYS} == before
    assert git(root_of(here), "fsck", "--strict") == ""


def test_marker_and_locks_are_excluded_for_this_clone_alone(here: World) -> None:
    exclude = root_of(here) / ".git" / "info" / "exclude"
    exclude.write_text("*.swp", encoding="utf-8")
    run_publish(here)
    run_publish(here)
    lines = exclude.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["*.swp", ".syncd-*"]
    assert len(lines) == 5
    assert not (root_of(here) / ".gitignore").exists()


def test_checksums_are_not_published_and_are_no_foreign_change(here: World) -> None:
    root = root_of(here)
    with here.open() as work:
        check(work, Scope(full=True))
    git(root, "add", "2026/SHA256SUMS")
    git(root, "commit", "-qm", "By hand")
    (root / "2026" / "SHA256SUMS").write_bytes(b"")
    assert run_publish(here).problem == ""
    assert git(root, "ls-files", "--others", "--exclude-standard") == ""
    assert git(root, "log", "--format=%s", "--", "2026/SHA256SUMS") == "By hand"


def test_publishing_again_makes_no_commit(here: World) -> None:
    run_publish(here)
    before = head(root_of(here))
    assert run_publish(here) == PublishResult()
    assert run_publish(here, []) == PublishResult()
    assert head(root_of(here)) == before


def test_mailings_that_were_missed_are_published_with_the_next(here: World) -> None:
    assert len(run_publish(here, [LAST]).commits) == len(DAYS)
    assert log(root_of(here), "%as") == [str(day) for day in DAYS]


def test_a_date_without_a_mailing_is_no_problem(here: World) -> None:
    assert run_publish(here, [date(2026, 7, 4)]).problem == ""


def test_two_hosts_give_the_same_ids(here: World, host: Host, tmp_path: Path) -> None:
    run_publish(here)
    there = host(tmp_path / "there")
    git(root_of(there), "init", "-q")
    git(root_of(there), "config", "user.name", "Another Person")
    aside = tmp_path / "aside"
    shutil.copytree(root_of(there) / "2026", aside)
    for day in DAYS:
        there.file(day).unlink()
    for day in DAYS:
        shutil.copy2(aside / f"{day}.md", there.file(day))
        run_publish(there, [day], TZ="Asia/Tokyo", GIT_COMMITTER_NAME="x", GIT_AUTHOR_DATE="2001-01-01T00:00:00Z")
    assert head(root_of(there)) == head(root_of(here))


def test_an_accepted_edit_becomes_a_commit_marked_as_edited(here: World) -> None:
    run_publish(here)
    edit(here, DAYS[2])
    (commit,) = run_publish(here, []).commits
    assert (commit.day, commit.edited) == (DAYS[2], True)
    assert log(root_of(here))[-1] == "ArXiv cs.CV --Thu, 2 Jul 2026 (edited)"
    assert is_clean(root_of(here))


def test_an_edit_that_was_not_accepted_is_left_alone(here: World) -> None:
    run_publish(here)
    before = head(root_of(here))
    edit(here, DAYS[2], accept=False)
    assert "changes that are not syncd's: 2026/2026-07-02.md" in run_publish(here).problem
    assert head(root_of(here)) == before


def test_a_new_digest_that_is_not_what_the_archive_holds_is_not_published(here: World) -> None:
    edit(here, LAST, accept=False)
    result = run_publish(here)
    assert [commit.day for commit in result.commits] == DAYS[:-1]
    assert f"not what the archive holds: {LAST}" in result.problem


def test_an_edited_date_that_was_not_requested_is_no_problem(here: World) -> None:
    edit(here, LAST, accept=False)
    result = run_publish(here, [])
    assert (len(result.commits), result.problem) == (len(DAYS) - 1, "")


def test_foreign_files_are_not_committed(here: World) -> None:
    note, stranger = root_of(here) / "note.txt", root_of(here) / "2026" / "2026-08-01.md"
    note.write_text("mine", encoding="utf-8")
    stranger.write_text("# no digest\n", encoding="utf-8")
    assert run_publish(here).problem == ""
    assert git(root_of(here), "ls-files", "--others", "--exclude-standard").splitlines() == [
        "2026/2026-08-01.md",
        "note.txt",
    ]


@pytest.mark.parametrize("staged", [False, True])
def test_a_checkout_with_foreign_changes_is_reported_and_left_alone(here: World, staged: bool) -> None:
    root = root_of(here)
    (root / "README").write_text("one", encoding="utf-8")
    git(root, "add", "README")
    git(root, "commit", "-qm", "Say what this is")
    (root / "README").write_text("two", encoding="utf-8")
    if staged:
        git(root, "add", "README")
    before, status = head(root), git(root, "status", "--porcelain")
    assert run_publish(here).problem.endswith("not syncd's: README; commit or undo them")
    assert (head(root), git(root, "status", "--porcelain")) == (before, status)


def test_a_staged_rename_is_named_by_both_its_names(here: World) -> None:
    root = root_of(here)
    (root / "OLD-NAME").write_text("one", encoding="utf-8")
    git(root, "add", "OLD-NAME")
    git(root, "commit", "-qm", "Say what this is")
    git(root, "mv", "OLD-NAME", "NEW-NAME")
    assert run_publish(here).problem.endswith("not syncd's: NEW-NAME, OLD-NAME; commit or undo them")


def test_a_deleted_digest_is_a_foreign_change(here: World) -> None:
    run_publish(here)
    here.file(DAYS[0]).unlink()
    assert "2026/2026-06-30.md" in run_publish(here).problem


def test_a_checkout_in_a_merge_is_left_alone(here: World) -> None:
    run_publish(here, [DAYS[0]])
    (root_of(here) / ".git" / "MERGE_HEAD").write_text(head(root_of(here)), encoding="ascii")
    assert "a merge or rebase is not finished (MERGE_HEAD)" in run_publish(here).problem


def test_a_detached_head_is_left_alone(here: World) -> None:
    run_publish(here)
    git(root_of(here), "switch", "-q", "--detach")
    assert "no branch is checked out" in run_publish(here).problem


def test_an_old_index_lock_is_reported_and_not_removed(here: World) -> None:
    lock = root_of(here) / ".git" / "index.lock"
    lock.touch()
    waited: list[float] = []
    result = run_publish(here, sleep=waited.append)
    assert "index.lock is there" in result.problem
    assert (result.commits, lock.exists(), bool(waited)) == ((), True, True)


def test_an_index_lock_held_for_a_moment_is_waited_for(here: World) -> None:
    lock = root_of(here) / ".git" / "index.lock"
    lock.touch()
    assert len(run_publish(here, sleep=lambda _: lock.unlink()).commits) == len(DAYS)


def test_the_index_is_refreshed_after_a_killed_run(here: World) -> None:
    run_publish(here)
    git(root_of(here), "rm", "-q", "--cached", f"2026/{LAST}.md")
    assert run_publish(here, []) == PublishResult()
    assert is_clean(root_of(here))


def test_the_index_is_refreshed_while_something_new_is_published(here: World) -> None:
    run_publish(here)
    git(root_of(here), "rm", "-q", "--cached", f"2026/{LAST}.md")
    edit(here, DAYS[0])
    assert [commit.day for commit in run_publish(here, []).commits] == [DAYS[0]]
    assert is_clean(root_of(here))


def test_a_checkout_above_the_root_gets_the_digests_in_their_folder(host: Host, tmp_path: Path) -> None:
    here = host(tmp_path / 'a "b"')
    git(here.folder, "init", "-q")
    assert run_publish(here).problem == ""
    paths = git(here.folder, "-c", "core.quotePath=false", "ls-files").splitlines()
    assert paths == [f"archive/{day:%Y}/{day}.md" for day in DAYS]
    assert git(here.folder, "status", "--porcelain", "archive") == ""
    (here.folder / "config.toml").rename(here.folder / "other.toml")
    git(here.folder, "add", "other.toml")
    assert "not syncd's: other.toml" in run_publish(here).problem


def test_a_folder_name_that_needs_quoting_is_published(host: Host, tmp_path: Path) -> None:
    top = tmp_path / "top"
    here = host(top / 'a "b"\\ä')
    git(top, "init", "-q")
    assert run_publish(here).problem == ""
    assert git(top, "status", "--porcelain", "--untracked-files=no") == ""
    assert len(git(top, "ls-files").splitlines()) == len(DAYS)


def test_a_folder_that_is_no_checkout_is_reported(host: Host, tmp_path: Path) -> None:
    here = host(tmp_path / "here")
    assert "not a git repository" in run_publish(here, GIT_DIR=str(tmp_path)).problem


def test_a_host_without_git_is_reported(here: World) -> None:
    assert "git rev-parse: cannot be started" in run_publish(here, PATH="/nowhere").problem


def test_stopping_early_is_no_problem_and_the_next_call_goes_on(here: World) -> None:
    with here.open() as work:
        assert publish(work, DAYS, environ=ENVIRON, should_stop=lambda: True) == PublishResult()
    assert len(run_publish(here).commits) == len(DAYS)


def test_ignored_digests_are_reported_and_not_committed(here: World) -> None:
    (root_of(here) / ".git" / "info" / "exclude").write_text("*.md\n", encoding="utf-8")
    result = run_publish(here)
    assert "git is configured to ignore 2026/2026-06-30.md" in result.problem
    assert git(root_of(here), "for-each-ref") == ""


def test_no_hook_of_the_repository_runs_and_nothing_is_signed(here: World, tmp_path: Path) -> None:
    hooks = root_of(here) / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "post-commit", "reference-transaction", "pre-push", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'; exit 1\n", encoding="utf-8")
        (hooks / name).chmod(0o755)
    git(root_of(here), "config", "core.fsmonitor", f"touch '{tmp_path}/ran'; false")
    git(root_of(here), "config", "commit.gpgSign", "true")
    assert run_publish(here).problem == ""
    assert not (tmp_path / "ran").exists()


def test_without_publishing_there_is_no_commit_order_until_it_is_configured(host: Host, tmp_path: Path) -> None:
    here = host(tmp_path / "here", **{"publish.git": "false"})
    with here.open() as work:
        assert not extend_commit_order(work)
    here.overrides["publish.git"] = "true"
    with here.open() as work:
        assert extend_commit_order(work)
        assert not extend_commit_order(work)


def test_what_was_committed_before_there_was_an_order_is_not_committed_again(here: World) -> None:
    run_publish(here, DAYS[3:])
    with here.open() as work, work.database.write() as connection:
        connection.execute(sa.delete(PUBLISHED))
    assert run_publish(here) == PublishResult()
    edit(here, DAYS[0])
    assert [(commit.day, commit.edited) for commit in run_publish(here).commits] == [(DAYS[0], True)]


def test_an_edit_and_its_reversal_are_two_commits(here: World) -> None:
    run_publish(here)
    before = here.file(DAYS[2]).read_bytes()
    edit(here, DAYS[2])
    assert len(run_publish(here).commits) == 1
    here.file(DAYS[2]).write_bytes(before)
    with here.open() as work:
        repair.repair(work, [DAYS[2]], Choice.ACCEPT_FILE)
    assert [(commit.day, commit.edited) for commit in run_publish(here).commits] == [(DAYS[2], True)]


# Several hosts on one database


@pytest.fixture
def leader(tmp_path: Path) -> Iterator[tuple[World, Workspace]]:
    """Provide the archive of the leader: empty, and a checkout."""
    with world(tmp_path / "leader", noon(LAST)) as made:
        made.overrides["publish.git"] = "true"
        with made.open() as work:
            git(work.folder.root, "init", "-q")
            yield made, work


@contextmanager
def join_folder(one: Workspace, root: Path) -> Iterator[Workspace]:
    """Open one more folder of the same archive, with a checkout of its own."""
    made = marker.Marker(one.archive, uuid4())
    Store(one.database, str(made.replica)).put_replica("other", str(root), one.now())
    marker.create(root, made)
    git(root, "init", "-q")
    config = replace(one.config, archive=replace(one.config.archive, root=root))
    work = open_workspace(config, one.now, Access.READ)
    try:
        yield work
    finally:
        work.close()


def look(work: Workspace) -> PublishResult:
    """Do what every turn does, on the leader and on the others."""
    recover.finish_interrupted(work)
    return publish(work, [], environ=ENVIRON, sleep=refuse_to_wait)


def bring(here: World, work: Workspace, days: Sequence[date]) -> None:
    for day in days:
        sync.sync(work, here.upstream, [day])


def ids(work: Workspace) -> list[str]:
    return log(work.folder.root, "%H")


def dates(work: Workspace) -> list[str]:
    return log(work.folder.root, "%as")


@pytest.mark.parametrize("first", ["leader", "follower"])
def test_mailings_that_arrive_newest_first_get_the_same_ids_everywhere(
    leader: tuple[World, Workspace], tmp_path: Path, first: str
) -> None:
    here, one = leader
    with join_folder(one, tmp_path / "other") as other:
        for day in reversed(DAYS):
            bring(here, one, [day])
            assert look(other) == PublishResult()
        extend_commit_order(one)
        for work in (one, other) if first == "leader" else (other, one):
            assert len(look(work).commits) == len(DAYS)
        assert ids(one) == ids(other)
        assert dates(one) == list(map(str, DAYS))


def test_a_host_that_was_off_for_several_turns_makes_the_same_commits(
    leader: tuple[World, Workspace], tmp_path: Path
) -> None:
    here, one = leader
    with join_folder(one, tmp_path / "other") as other:
        for days in (DAYS[4:7], DAYS[:2], DAYS[7:], DAYS[2:4]):
            bring(here, one, days[::-1])
            extend_commit_order(one)
            look(one)
        look(other)
        assert ids(one) == ids(other)
        assert dates(other) == list(map(str, (*DAYS[4:7], *DAYS[:2], *DAYS[7:], *DAYS[2:4])))


def test_a_late_mailing_comes_after_what_others_have_published(leader: tuple[World, Workspace], tmp_path: Path) -> None:
    here, one = leader
    with join_folder(one, tmp_path / "other") as other:
        bring(here, one, DAYS[1:])
        extend_commit_order(one)
        look(other)
        bring(here, one, DAYS[:1])
        look(other)
        extend_commit_order(one)
        for work in (other, one):
            look(work)
        assert ids(one) == ids(other)
        assert dates(one) == list(map(str, (*DAYS[1:], DAYS[0])))


def test_a_host_that_joins_later_commits_the_whole_order(leader: tuple[World, Workspace], tmp_path: Path) -> None:
    here, one = leader
    for days in (DAYS[4:], DAYS[:4]):
        bring(here, one, days)
        extend_commit_order(one)
        look(one)
    with join_folder(one, tmp_path / "other") as other:
        look(other)
        assert ids(one) == ids(other)


def test_a_file_that_is_still_to_be_written_holds_up_what_comes_after_it(
    leader: tuple[World, Workspace], tmp_path: Path
) -> None:
    here, one = leader
    with join_folder(one, tmp_path / "other") as other:
        bring(here, one, [DAYS[0], *DAYS[2:]])
        recover.finish_interrupted(other)
        bring(here, one, [DAYS[1]])
        extend_commit_order(one)
        held_up = publish(other, [], environ=ENVIRON)
        assert ([commit.day for commit in held_up.commits], held_up.waits) == ([DAYS[0]], True)
        assert not look(other).waits
        look(one)
        assert ids(one) == ids(other)


def test_every_host_commits_an_edit_in_the_same_place(leader: tuple[World, Workspace], tmp_path: Path) -> None:
    here, one = leader
    with join_folder(one, tmp_path / "other") as other:
        bring(here, one, DAYS[:4])
        extend_commit_order(one)
        for work in (one, other):
            look(work)
        edit(here, DAYS[1])
        assert look(other) == PublishResult()
        bring(here, one, DAYS[4:])
        extend_commit_order(one)
        for work in (other, one):
            look(work)
        assert ids(one) == ids(other)
        assert dates(one)[4:] == list(map(str, (DAYS[1], *DAYS[4:])))


def test_a_host_can_start_from_the_commits_of_another_even_after_an_edit(
    leader: tuple[World, Workspace], tmp_path: Path
) -> None:
    here, one = leader
    bring(here, one, DAYS[:4])
    extend_commit_order(one)
    look(one)
    edit(here, DAYS[1])
    extend_commit_order(one)
    look(one)
    with join_folder(one, tmp_path / "other") as other:
        git(other.folder.root, "fetch", "-q", str(one.folder.root), "main")
        git(other.folder.root, "reset", "-q", "FETCH_HEAD")
        assert look(other) == PublishResult()
        bring(here, one, DAYS[:3:-1])
        extend_commit_order(one)
        for work in (other, one):
            look(work)
        assert ids(one) == ids(other)


def test_a_file_that_needs_a_person_holds_up_nothing(leader: tuple[World, Workspace], tmp_path: Path) -> None:
    here, one = leader
    with join_folder(one, tmp_path / "other") as other:
        bring(here, one, DAYS)
        extend_commit_order(one)
        file = other.folder.root / other.folder.path_of(DAYS[1])
        file.parent.mkdir()
        file.write_bytes(here.file(DAYS[1]).read_bytes().replace(b">  ", b">  Edited: ", 1))
        assert [commit.day for commit in look(other).commits] == [DAYS[0], *DAYS[2:]]


def test_a_recorded_conflict_does_not_hide_that_a_file_is_still_to_be_written(
    leader: tuple[World, Workspace], tmp_path: Path
) -> None:
    here, one = leader
    with join_folder(one, tmp_path / "other") as other:
        bring(here, one, DAYS[:2])
        extend_commit_order(one)
        for work in (one, other):
            look(work)
        edit(here, DAYS[0])
        extend_commit_order(one)
        one.store.put_finding(Finding(DAYS[0], State.CONFLICT, "adopted", "another file was offered"))
        assert publish(other, [], environ=ENVIRON) == PublishResult(waits=True)


# Limits


def test_an_index_lock_is_looked_at_three_times_a_second_apart(here: World) -> None:
    lock = root_of(here) / ".git" / "index.lock"
    lock.touch()
    waited: list[float] = []
    run_publish(here, sleep=waited.append)
    assert waited == [1.0, 1.0, 1.0]
    waited.clear()

    def release_at_last(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            lock.unlink()

    assert run_publish(here, sleep=release_at_last).problem == ""


@pytest.mark.parametrize(("changes", "is_cut"), [(5, False), (6, True)])
def test_five_foreign_changes_are_named(here: World, changes: int, is_cut: bool) -> None:
    root = root_of(here)
    names = [f"NOTE-{number}" for number in range(changes)]
    for name in names:
        (root / name).write_text("one", encoding="utf-8")
    git(root, "add", *names)
    git(root, "commit", "-qm", "Take notes")
    for name in names:
        (root / name).write_text("two", encoding="utf-8")
    named = ", ".join(names[:5])
    assert f"not syncd's: {named}{' …' if is_cut else ''}; commit" in run_publish(here).problem


@pytest.mark.parametrize(("mailings", "pages"), [(50, 1), (51, 2)])
def test_fifty_mailings_are_committed_under_one_lock(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, mailings: int, pages: int
) -> None:
    held = copied(tmp_path_factory, tmp_path / "held")
    held.overrides["publish.git"] = "true"
    how = Provenance(State.COMPLETE, "catchup", "heading of a page", None)
    new = [(invented(date(2021, 5, 1) + timedelta(days=number), 1), how) for number in range(mailings - 3)]
    git(held.root, "init", "-q")
    with held.open() as work:
        write_mailings(work, new)
        extend_commit_order(work)
        result = publish(work, [digest.day for digest, _ in new] + list(work.store.mailings()), environ=ENVIRON)
    assert len(result.commits) == mailings
    assert len(git(held.root, "reflog", "show", "main").splitlines()) == pages


def test_a_row_of_this_host_that_has_no_place_yet_is_not_committed(here: World) -> None:
    run_publish(here, DAYS[:1])
    edit(here, DAYS[0])
    with here.open() as work:
        assert publish(work, DAYS[:1], environ=ENVIRON).commits == ()
