"""The archive as a git repository: one commit a mailing, the same on every host, and nothing of anybody else's touched.

It must not decide for a person: a checkout that is dirty, busy or has gone another way than its remote is said and left alone.

who leads: mailings without a place ─► the order of commits, which all hosts share
under the write lock, page by page:  true digests that the last commit lacks, in that order ─► commits beside the branch
    ─► do they and the remote go one way? ─► branch ─► index          then, outside it: ─► push
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from syncd.archive.sql.commit_order import Order
from syncd.core.digest.hashing import sha256
from syncd.core.errors import FolderError
from syncd.core.reconcile import Cause, DayState, Verb, decide
from syncd.usecases.publish.git_checkout import Content, GitTrouble, Rejected, open_checkout
from syncd.usecases.reconcile import day_state

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    from syncd.usecases.publish.git_checkout import Checkout, Tracked
    from syncd.usecases.workspace import Workspace

PAGE = 50
"""So many mailings are committed under one lock: a second or two at most."""

PAUSES = (5.0, 25.0)
"""Seconds between the tries of a push."""

EXCLUDED = (".syncd-*", f".*.tmp-{'[0-9a-f]' * 8}", "SHA256SUMS", f"SHA256SUMS.{'[0-9]' * 4}")
"""What syncd keeps beside the digests: marker, locks, what a killed run left, and checksums, which git has its own of."""

_LOCK_TRIES, _LOCK_PAUSE = 3, 1.0


@dataclass(frozen=True, slots=True)
class Commit:
    """A mailing's commit; `edited` where the branch held the day with another text."""

    day: date
    id: str
    edited: bool


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What was published: new commits, oldest first, and whether the remote has all (False where none is asked for).

    `problem` tells a person what stood in the way and what helps; empty when nothing did. `waits` where the next in order is a
    file that this host has still to write.
    """

    commits: tuple[Commit, ...] = ()
    pushed: bool = False
    problem: str = ""
    waits: bool = False


@dataclass(slots=True)
class _Progress:
    """What has been done so far, so that trouble does not hide it."""

    commits: list[Commit] = field(default_factory=list)
    unfit: list[date] = field(default_factory=list)
    waits: bool = False


def fix_order(work: Workspace) -> bool:
    """Give a place in the order of commits to every mailing without one, by date; whether there was any.

    For who leads, at the end of its turn, also where only other hosts publish: what comes later stands behind what stands.
    """
    is_shared = work.database.file is None
    return (is_shared or work.config.publish.git) and Order(work.database).extend() > 0


def publish(
    work: Workspace,
    days: Sequence[date],
    *,
    environ: Mapping[str, str] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    ending: Callable[[], bool] = lambda: False,
) -> PublishResult:
    """Commit the digests of these dates, and any other that no commit holds yet, and push if that is asked for.

    Nothing is done where `publish.git` is off. Idempotent; in the order that was fixed, and what has no place in it yet waits
    for one. A digest that the branch holds with another text becomes a commit whose message ends in `(edited)`. Only a file
    that is byte for byte what the archive holds is committed; one that is still to be written holds up all that follow.
    Cut short because `ending` said so, it leaves the rest to the next call, and that is no problem. What the archive itself
    raises (Locked, FolderError …) is not caught.
    """
    if not work.config.publish.git:
        return PublishResult()
    done, pushed = _Progress(), False
    try:
        checkout = open_checkout(work.folder.root, os.environ if environ is None else environ, ending)
        _commit_all(work, checkout, days, done, sleep)
        pushed = work.config.publish.push and _push(checkout, sleep)
    except GitTrouble as trouble:
        return PublishResult(tuple(done.commits), problem="" if ending() else str(trouble))
    return PublishResult(tuple(done.commits), pushed, _unfit(done.unfit), done.waits)


def _commit_all(
    work: Workspace, checkout: Checkout, days: Sequence[date], done: _Progress, sleep: Callable[[float], None]
) -> None:
    _refuse_busy(checkout, sleep)
    branch, changed = (
        checkout.branch(),
        [path for path in checkout.changed() if not _is_checksums(work, checkout, path)],
    )
    known = {path: day for day, path in work.folder.days()}
    ours = {path.removeprefix(checkout.prefix): path for path in changed if path.startswith(checkout.prefix)}
    _refuse_foreign(work, [path for path in changed if path not in ours.values()], ours, known)
    checkout.exclude(EXCLUDED)
    fresh = {known[path] for path in (*ours, *checkout.untracked()) if path in known}
    wanted = _in_order(work, {*days, *fresh})
    for start in range(0, len(wanted), PAGE):
        with work.write_lock():
            page = _Page(branch, wanted[start : start + PAGE], frozenset(ours), frozenset(days))
            _commit_page(work, checkout, page, done)
        if done.waits:
            return


def _in_order(work: Workspace, days: Collection[date]) -> list[tuple[date, str]]:
    """Those of these days that have a place, and any whose file this host has still to write, by place; with their hashes."""
    places, agreed = Order(work.database).places(), work.store.list_agreed_hashes()
    wanted = {day for day, row in work.store.mailings().items() if day in days or agreed.get(day) != row.sha256}
    placed = sorted(wanted.intersection(places), key=lambda day: places[day].ordinal)
    return [(day, places[day].sha256) for day in placed]


def _is_checksums(work: Workspace, checkout: Checkout, path: str) -> bool:
    """Whether a changed file is one that syncd writes and a person once committed; it is nobody's reason to stop."""
    return path.startswith(checkout.prefix) and work.folder.holds_checksums(path.removeprefix(checkout.prefix))


def _refuse_busy(checkout: Checkout, sleep: Callable[[float], None]) -> None:
    """GitTrouble while somebody is in the middle of something here; a lock may be held for a moment only."""
    if (what := checkout.under_way()) is not None:
        raise GitTrouble(f"{checkout.folder}: a merge or rebase is not finished ({what}); finish or abort it")
    for _ in range(_LOCK_TRIES):
        if (lock := checkout.index_lock()) is None:
            return
        sleep(_LOCK_PAUSE)
    raise GitTrouble(f"{lock} is there: another git is at work, or was killed; where none runs, remove the file")


def _refuse_foreign(
    work: Workspace, elsewhere: Sequence[str], ours: Mapping[str, str], known: Mapping[str, date]
) -> None:
    """GitTrouble where a tracked file was changed and is not a digest as the archive holds it."""
    foreign = [*elsewhere, *(ours[path] for path in ours if path not in known or _true(work, known[path]) is None)]
    if foreign:
        named = ", ".join(sorted(foreign)[:5]) + (" …" if len(foreign) > 5 else "")
        raise GitTrouble(
            f"{work.folder.root}: the checkout has changes that are not syncd's: {named}; commit or undo them"
        )


@dataclass(frozen=True, slots=True)
class _Page:
    """Dates to be committed together, in order, with the hashes of their bytes.

    `stale` are paths that the index may hold otherwise, `asked` the dates asked for.
    """

    branch: str
    days: Sequence[tuple[date, str]]
    stale: Collection[str]
    asked: Collection[date]


def _commit_page(work: Workspace, checkout: Checkout, page: _Page, done: _Progress) -> None:
    """Commit the files of a page that the last commit lacks or holds with other bytes, and refresh the index."""
    head = checkout.commit_of(page.branch)
    committed = checkout.list_blobs(head)
    contents, refresh = _plan_commits(work, checkout, page, committed, done)
    if ignored := checkout.ignored(content.path for content in contents):
        path = min(ignored)
        raise GitTrouble(f"{checkout.folder}: git is told to ignore {path}; see: git check-ignore -v {path}")
    if contents:
        new = checkout.commit(head, contents)
        _refuse_diverged(checkout, page.branch, new)
        checkout.move(page.branch, head, new)
        ids = checkout.line(head, new)
        done.commits += [Commit(c.day, id_, c.path in committed) for c, id_ in zip(contents, ids, strict=True)]
        refresh += [content.path for content in contents]
    if refresh:
        checkout.refresh(refresh)


def _plan_commits(
    work: Workspace, checkout: Checkout, page: _Page, committed: Mapping[str, str], done: _Progress
) -> tuple[list[Content], list[str]]:
    """Return what is to be committed, in order, and the paths of the page that the index may hold otherwise.

    Only a file that has the bytes of its place in the order is committed. One that is still to be written holds up all that
    follow: every host makes the same commits in the same order.
    """
    contents, stale = [], []
    for day, sha in page.days:
        path, data = work.folder.path_of(day), work.folder.read(day)
        is_committed = data is not None and committed.get(path) == checkout.name_blob(data)
        file = None if data is None else sha256(data)
        action = decide(DayState(day, file, row=sha, agreed=sha, is_committed=is_committed))
        if data is not None and (action is None or action.verb is Verb.COMMIT):
            if action is not None:
                contents.append(Content(day, path, data, _message(data, edited=path in committed)))
            if path in page.stale:
                stale.append(path)
        elif _is_to_be_written(work, day):
            done.waits = True
            break
        elif day in page.asked:
            done.unfit.append(day)
    return contents, stale


def _is_to_be_written(work: Workspace, day: date) -> bool:
    """Return whether the next run begins with writing the file, as another host or a command has recorded the mailing."""
    try:
        state = day_state.read_day(work, day).state
    except FolderError:
        return False
    action = decide(replace(state, has_conflict=False))
    return action is not None and (action.verb, action.cause) == (Verb.WRITE_FILE, Cause.UNFINISHED)


def _message(data: bytes, *, edited: bool) -> str:
    heading = data.partition(b"\n")[0].removeprefix(b"# ").decode()
    return f"{heading} (edited)" if edited else heading


def _true(work: Workspace, day: date) -> bytes | None:
    """The bytes of the day's file where they are what the archive holds."""
    row = work.store.mailing(day)
    data = work.folder.read(day) if row is not None else None
    return data if row is not None and data is not None and sha256(data) == row.sha256 else None


def _unfit(days: Sequence[date]) -> str:
    if not days:
        return ""
    return f"not published, as the file is not what the archive holds: {', '.join(map(str, days))}; see: syncd check"


def _refuse_diverged(checkout: Checkout, branch: str, new: str) -> None:
    to = checkout.tracked(branch)
    theirs = checkout.commit_of(to.memory) if to is not None else None
    if to is not None and theirs is not None and not (checkout.descends(new, theirs) or checkout.descends(theirs, new)):
        raise GitTrouble(_diverged(checkout, to))


def _diverged(checkout: Checkout, to: Tracked) -> str:
    remote = to.memory.removeprefix("refs/remotes/")
    return f"{checkout.folder}: the branch and {remote} have gone different ways; bring them together by hand"


def _push(checkout: Checkout, sleep: Callable[[float], None]) -> bool:
    """Bring the branch to its remote, in a few tries; whether the remote has all of it."""
    branch = checkout.branch()
    head, to = checkout.commit_of(branch), checkout.tracked(branch)
    if head is None:
        return False
    if to is None:
        short = branch.removeprefix("refs/heads/")
        raise GitTrouble(f"{checkout.folder}: nobody said where {short} is pushed to: git push -u origin {short}")
    theirs = checkout.commit_of(to.memory)
    if theirs is None or not checkout.descends(theirs, head):
        _push_patiently(checkout, branch, to, sleep)
    return True


def _push_patiently(checkout: Checkout, branch: str, to: Tracked, sleep: Callable[[float], None]) -> None:
    for pause in (*PAUSES, None):
        try:
            checkout.push(branch, to)
        except Rejected:
            _accept_or_refuse(checkout, branch, to)
        except GitTrouble as trouble:
            if pause is None:
                raise GitTrouble(f"{checkout.folder}: not pushed after {len(PAUSES) + 1} tries: {trouble}") from trouble
            sleep(pause)
            continue
        return


def _accept_or_refuse(checkout: Checkout, branch: str, to: Tracked) -> None:
    """After a rejection: fine where another host has published the same commits and more, else GitTrouble."""
    checkout.fetch(to.remote)
    head, theirs = checkout.commit_of(branch), checkout.commit_of(to.memory)
    if head is None or theirs is None or not checkout.descends(theirs, head):
        raise GitTrouble(_diverged(checkout, to))
