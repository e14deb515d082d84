"""Publish the archive as a git repository: one commit a mailing, the same on every host.

This module must not decide for a person: a checkout that has foreign changes, is in the middle of a merge, or has diverged from
its remote is reported and left alone.

the leader:  mailings without an entry ─► the order of commits, which all hosts share
every host, page by page under the write lock:
    files in that order ─► decide (commit, wait for a file that is still to be written, or leave it)
    ─► commits beside the branch ─► do they and the remote form one line? ─► branch ─► index
outside the lock:  push
"""

from __future__ import annotations

import os
import time
from dataclasses import field, replace
from typing import TYPE_CHECKING

from syncd.archive.files.vault import ignore_count
from syncd.archive.sql.commit_order import CommitOrder
from syncd.core.digest.hashing import sha256
from syncd.core.errors import FolderError
from syncd.core.reconcile import Cause, DayState, Verb, decide
from syncd.core.values import dataclass
from syncd.usecases.publish.git_checkout import CommitContent, GitError, open_checkout
from syncd.usecases.publish.index_pages import read_index_pages
from syncd.usecases.publish.push import push, require_one_line
from syncd.usecases.reconcile.day_state import read_day

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    from syncd.archive.files.vault import OnCount
    from syncd.usecases.publish.git_checkout import Checkout
    from syncd.usecases.publish.index_pages import IndexPages
    from syncd.usecases.workspace import Workspace

PAGE = 50
"""How many mailings are committed under one lock: a second or two at most."""

EXCLUDED = (".syncd-*", f".*.tmp-{'[0-9a-f]' * 8}", "SHA256SUMS", f"SHA256SUMS.{'[0-9]' * 4}")
"""What syncd keeps beside the digests: marker, locks, what a killed run left, and checksums (git has its own)."""

_LOCK_TRIES, _LOCK_PAUSE = 3, 1.0
"""How often git's index lock is looked at, and the seconds in between: a person's own git command holds it for a moment."""

_MOST_NAMED = 5
"""How many foreign changes a message names."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit of a mailing, `edited` where the branch held the day with another text."""

    day: date
    id: str
    edited: bool


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What was published: new commits, oldest first, and whether the remote has all (False where no push is configured).

    `problem` says what stood in the way and what helps, and is empty when nothing did. `waits` where the next in order is a file
    that this host has still to write. `unfit` are the dates whose file is not what the archive holds, so that it was left out.
    """

    commits: tuple[Commit, ...] = ()
    pushed: bool = False
    problem: str = ""
    waits: bool = False
    unfit: tuple[date, ...] = ()


@dataclass(slots=True)
class _PublishProgress:
    """What has been done so far, so that an error does not hide it. `unfit` are days whose file cannot be committed."""

    commits: list[Commit] = field(default_factory=list)
    unfit: list[date] = field(default_factory=list)
    waits: bool = False
    report: OnCount = ignore_count


@dataclass(frozen=True, slots=True)
class _CommitPage:
    """Dates to be committed together, in the order of commits, with the hashes of their bytes.

    `stale` are paths that git's index may hold otherwise. `pages` are those that are kept beside the digests.
    """

    branch: str
    days: Sequence[tuple[date, str]]
    stale: Collection[str]
    pages: IndexPages | None = None


def extend_commit_order(work: Workspace) -> bool:
    """Add every mailing without an entry to the order of commits, by date. Return whether there was any.

    The leader does this at the end of its turn, also where only other hosts publish: every host commits in this order.
    """
    is_shared = work.database.file is None
    return (is_shared or work.config.publish.git) and CommitOrder(work.database).extend() > 0


def publish(
    work: Workspace,
    days: Sequence[date],
    *,
    environ: Mapping[str, str] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    should_stop: Callable[[], bool] = lambda: False,
    report: OnCount = ignore_count,
) -> PublishResult:
    """Commit the digests of these dates, and any other that no commit holds yet, and push if that is configured.

    Nothing is done where `publish.git` is off. Idempotent. Mailings are committed in the shared order of commits, and one
    without an entry in it waits for one. A digest that the branch holds with another text becomes a commit whose message ends
    in `(edited)`. Only a file that is byte for byte what the archive holds is committed. One that is still to be written holds
    up all that follow. When `should_stop` ends it early, the rest is left to the next call, and that is no problem. What the
    archive itself raises (Locked, FolderError …) is not caught. `report` gets how many mailings were looked at, and of how many.
    """
    if not work.config.publish.git:
        return PublishResult()
    done, pushed = _PublishProgress(report=report), False
    try:
        checkout = open_checkout(work.folder.root, os.environ if environ is None else environ, should_stop)
        _commit_all(work, checkout, days, done, sleep)
        pushed = work.config.publish.push and push(checkout, sleep)
    except GitError as error:
        return PublishResult(tuple(done.commits), problem="" if should_stop() else str(error))
    requested = [day for day in done.unfit if day in days]
    problem = describe_unfit(requested) if requested else ""
    return PublishResult(tuple(done.commits), pushed, problem, done.waits, tuple(done.unfit))


def describe_unfit(days: Sequence[date]) -> str:
    """Return in words that the files of these dates were left out, and what helps."""
    return f"not published, as the file is not what the archive holds: {', '.join(map(str, days))}; see: syncd check"


def preview_publish(
    work: Workspace,
    *,
    environ: Mapping[str, str] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> PublishResult:
    """Return what `publish` would commit now, after the leader has extended the order. No commit has an id yet.

    Nothing is written, neither to the archive nor to the checkout, and no lock is taken.
    """
    done = _PublishProgress()
    try:
        checkout = open_checkout(work.folder.root, os.environ if environ is None else environ, lambda: False)
        branch, changed, fresh = _find_uncommitted(work, checkout, sleep)
        committed = checkout.list_blobs(checkout.find_commit(branch))
        page = _CommitPage(branch, _sort_by_commit_order(work, fresh, extended=True), frozenset(changed))
        contents, _ = _plan_commits(work, checkout, page, committed, done)
        _refuse_ignored(checkout, contents)
    except GitError as error:
        return PublishResult(problem=str(error))
    commits = tuple(Commit(content.day, "", content.path in committed) for content in contents)
    return PublishResult(commits, waits=done.waits, unfit=tuple(done.unfit))


def _commit_all(
    work: Workspace, checkout: Checkout, days: Sequence[date], done: _PublishProgress, sleep: Callable[[float], None]
) -> None:
    """Commit page by page what the branch lacks, unless a person is at work in the checkout."""
    branch, changed, fresh = _find_uncommitted(work, checkout, sleep)
    checkout.exclude(EXCLUDED)
    ordered, pages = _sort_by_commit_order(work, {*days, *fresh}), read_index_pages(work)
    if pages is not None:
        pages.require_own()
    # A lock for each page, not for all: other writers wait 30 s at most.
    for start in range(0, len(ordered), PAGE):
        done.report(start, len(ordered))
        with work.write_lock():
            page = _CommitPage(branch, ordered[start : start + PAGE], frozenset(changed), pages)
            _commit_page(work, checkout, page, done)
        if done.waits:
            return
    if pages is not None:
        with work.write_lock():
            pages.settle(checkout, branch)
    done.report(len(ordered), len(ordered))


def _find_uncommitted(
    work: Workspace, checkout: Checkout, sleep: Callable[[float], None]
) -> tuple[str, list[str], set[date]]:
    """Return the branch, the paths of changed digests, and the dates of these and of the untracked ones.

    GitError while a person is at work in the checkout.
    """
    _require_idle(checkout, sleep)
    branch = checkout.read_branch()
    known = {path: day for day, path in work.folder.days()}
    changed = _list_changed_digests(work, checkout, known)
    return branch, changed, {known[path] for path in (*changed, *checkout.list_untracked()) if path in known}


def _require_idle(checkout: Checkout, sleep: Callable[[float], None]) -> None:
    """Raise GitError while a person is in the middle of something here. An index lock may be held for a moment only."""
    unfinished = checkout.find_unfinished()
    if unfinished is not None:
        raise GitError(f"{checkout.folder}: a merge or rebase is not finished ({unfinished}); finish or abort it")
    for _ in range(_LOCK_TRIES):
        lock = checkout.find_index_lock()
        if lock is None:
            return
        sleep(_LOCK_PAUSE)
    raise GitError(f"{lock} is there: another git is running, or was killed; if none runs, remove the file")


def _list_changed_digests(work: Workspace, checkout: Checkout, known: Mapping[str, date]) -> list[str]:
    """Return the digests that differ from the last commit, by paths relative to the folder.

    GitError when another tracked file was changed, or a digest to something that the archive does not hold.
    """
    digests, foreign = [], []
    for path in checkout.list_changed():
        is_inside, name = path.startswith(checkout.prefix), path.removeprefix(checkout.prefix)
        if is_inside and (work.folder.holds_checksums(name) or work.folder.holds_index(name)):
            continue  # syncd writes it itself; a person once committed the checksums
        if is_inside and name in known and _is_as_recorded(work, known[name]):
            digests.append(name)
        else:
            foreign.append(path)
    if foreign:
        names = ", ".join(sorted(foreign)[:_MOST_NAMED]) + (" …" if len(foreign) > _MOST_NAMED else "")
        raise GitError(
            f"{work.folder.root}: the checkout has changes that are not syncd's: {names}; commit or undo them"
        )
    return digests


def _is_as_recorded(work: Workspace, day: date) -> bool:
    """Return whether the file of a day holds the bytes that the archive has recorded."""
    row = work.store.mailing(day)
    data = work.folder.read(day) if row is not None else None
    return row is not None and data is not None and sha256(data) == row.sha256


def _sort_by_commit_order(work: Workspace, days: Collection[date], *, extended: bool = False) -> list[tuple[date, str]]:
    """Return these days, and any whose file this host has still to write, as far as the order has them, with their hashes.

    With `extended`, the order also has what the leader would add to it now.
    """
    entries = CommitOrder(work.database).list_entries(extended=extended)
    agreed = work.store.list_agreed_hashes()
    wanted = {day for day, row in work.store.mailings().items() if day in days or agreed.get(day) != row.sha256}
    ordered = sorted(wanted.intersection(entries), key=lambda day: entries[day].ordinal)
    return [(day, entries[day].sha256) for day in ordered]


def _commit_page(work: Workspace, checkout: Checkout, page: _CommitPage, done: _PublishProgress) -> None:
    """Commit the files of a page that the last commit lacks or holds with other bytes, and refresh the index."""
    head = checkout.find_commit(page.branch)
    committed = checkout.list_blobs(head)
    contents, refresh = _plan_commits(work, checkout, page, committed, done)
    _refuse_ignored(checkout, contents)
    if page.pages is not None:
        contents = page.pages.attach(contents, committed)
    if contents:
        ids = checkout.make_commits(head, contents)
        require_one_line(checkout, page.branch, ids[-1])
        # Only if the branch is still where it was: a person may have committed meanwhile.
        checkout.move_branch(page.branch, head, ids[-1])
        done.commits += [Commit(c.day, id_, c.path in committed) for c, id_ in zip(contents, ids, strict=True)]
        refresh += [content.path for content in contents]
    if refresh:
        checkout.refresh_index(refresh)


def _refuse_ignored(checkout: Checkout, contents: Sequence[CommitContent]) -> None:
    if ignored := checkout.list_ignored(content.path for content in contents):
        path = min(ignored)
        raise GitError(f"{checkout.folder}: git is configured to ignore {path}; see: git check-ignore -v {path}")


def _plan_commits(
    work: Workspace, checkout: Checkout, page: _CommitPage, committed: Mapping[str, str], done: _PublishProgress
) -> tuple[list[CommitContent], list[str]]:
    """Return what is to be committed, in order, and the paths of the page that the index may hold otherwise.

    Only a file that has the bytes of its entry in the order is committed. One that is still to be written holds up all that
    follow: every host makes the same commits in the same order.
    """
    contents, stale = [], []
    for day, sha in page.days:
        path, data = work.folder.path_of(day), work.folder.read(day)
        is_committed = data is not None and committed.get(path) == checkout.name_blob(data)
        file = None if data is None else sha256(data)
        # The entry of the order, not the row, says which text is due: a newer row has an entry of its own further on.
        action = decide(DayState(day, file, row=sha, agreed=sha, is_committed=is_committed))
        if data is not None and (action is None or action.verb is Verb.COMMIT):
            if action is not None:
                contents.append(CommitContent(day, path, data, _make_message(data, edited=path in committed)))
            if path in page.stale:
                stale.append(path)
        elif _is_to_be_written(work, day):
            done.waits = True
            break
        elif not _is_as_recorded(work, day):
            done.unfit.append(day)
    return contents, stale


def _is_to_be_written(work: Workspace, day: date) -> bool:
    """Return whether the next run begins with writing the file, as another host or a command has recorded the mailing."""
    try:
        state = read_day(work, day).state
    except FolderError:
        return False
    action = decide(replace(state, has_conflict=False))
    return action is not None and (action.verb, action.cause) == (Verb.WRITE_FILE, Cause.UNFINISHED)


def _make_message(data: bytes, *, edited: bool) -> str:
    heading = data.partition(b"\n")[0].removeprefix(b"# ").decode()
    return f"{heading} (edited)" if edited else heading
