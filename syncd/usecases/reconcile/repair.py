"""Bring file and rows of a date into agreement, as far as no person has to choose.

a date: read_day ─► decide ─► apply under the write lock, or only report (a dry run, or a person must choose)

Nothing is ever deleted, and bytes that are replaced are kept aside in the vault first.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core.digest.hashing import sha256
from syncd.core.errors import DayConflict, DigestError, FolderError
from syncd.core.model import State
from syncd.core.reconcile import Cause, Choice, Verb, decide
from syncd.core.results import DayOutcome, Done, Run
from syncd.usecases.progress import UNSTOPPED, Cancelled, Progress
from syncd.usecases.reconcile import checksums
from syncd.usecases.reconcile.accounts import Accounts
from syncd.usecases.reconcile.apply import apply, make_outcome
from syncd.usecases.reconcile.day_state import find_corruption, read_day
from syncd.usecases.reconcile.response_locations import find_hosts_with_records, suggest_hosts
from syncd.usecases.skipped_days import explain_skipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.core.errors import SyncdError
    from syncd.usecases.progress import RunControl
    from syncd.usecases.reconcile.day_state import DayContent
    from syncd.usecases.workspace import Workspace

_EDITED = "the file was edited; --accept-file takes it, --restore brings the archive's text back"


def repair(
    work: Workspace,
    days: Sequence[date] = (),
    choice: Choice = Choice.NONE,
    *,
    dry_run: bool = False,
    control: RunControl = UNSTOPPED,
) -> Run:
    """Bring file and rows of these days (default: all) into agreement.

    Return outcomes by date, only for days that needed something. What cannot be done about a day is the error of its outcome,
    and the other days go on. A dry run touches nothing: its outcomes name the actions. Where `control` stops the work, the days
    not reached are `left`.
    """
    accounts, outcomes = Accounts(work.vault, is_for_change=not dry_run), list[DayOutcome | None]()
    wanted: list[date] = []
    is_cancelled = False
    try:
        wanted = sorted(set(days)) or list(_list_suspects(work, control))
        for day in control.follow(wanted, "repairing", len(wanted)):
            outcomes.append(_repair_day(work, day, choice, accounts, dry_run=dry_run))
            control.report(Progress("", outcome=outcomes[-1]))
    except Cancelled:
        is_cancelled = True
    if not dry_run:
        checksums.update(work, work.store.list_agreed_hashes())
    return Run(
        tuple(outcome for outcome in outcomes if outcome is not None),
        skipped=explain_skipped(work, days),
        ended=is_cancelled,
        left=tuple(wanted[len(outcomes) :]),
    )


def _repair_day(work: Workspace, day: date, choice: Choice, accounts: Accounts, *, dry_run: bool) -> DayOutcome | None:
    """Read a date, decide and act. Return None when the date needs nothing."""
    try:
        # A dry run takes no lock: it changes nothing, and must not wait for a writer.
        with nullcontext() if dry_run else work.write_lock():
            content = read_day(work, day, accounts)
            action = decide(content.state, choice)
            if action is None:
                return None
            if action.verb is Verb.ASK and action.cause is Cause.EDITED:
                return replace(make_outcome(work, day, Done.NONE), note=_EDITED)
            if action.verb is Verb.ASK:
                error = _explain(work, content, action.cause, choice)
                return replace(make_outcome(work, day, Done.REFUSED), error=error)
            if dry_run:
                return replace(make_outcome(work, day, Done.PLANNED), note=action.verb)
            return apply(work, content, action)
    except FolderError as error:
        return replace(make_outcome(work, day, Done.REFUSED), error=error)


def _list_suspects(work: Workspace, control: RunControl) -> Iterator[date]:
    """Yield the dates that may need something.

    That is all of them but those without a conflict on which file, sound rows and agreement have one hash.
    """
    mailings, agreed = work.store.mailings(), work.store.list_agreed_hashes()
    conflicts = {day for day, found in work.store.findings().items() if found.state is State.CONFLICT}
    rows = control.follow(work.store.prove_mailings(), "examining rows", len(mailings))
    sound = {day for day, proven in rows if proven is not None or _are_rows_sound(work, day)}
    strays = work.store.list_orphaned_days()
    forgotten = work.store.list_days_outside_history()
    days = sorted({*mailings, *agreed, *conflicts, *strays, *(day for day, _ in work.folder.days())})
    for day in control.follow(days, "examining files", len(days)):
        row = mailings.get(day)
        is_one = row is not None and day in sound and agreed.get(day) == row.sha256 == _hash_file(work, day)
        if day in conflicts or day in forgotten or not is_one:
            yield day


def _are_rows_sound(work: Workspace, day: date) -> bool:
    """Return whether nothing is wrong with the rows of a day that were not proven to be sound."""
    stored = work.store.stored_mailing(day)
    return stored is not None and find_corruption(stored) is None


def _hash_file(work: Workspace, day: date) -> str | None:
    try:
        data = work.folder.read(day)
    except FolderError:
        return None
    return None if data is None else sha256(data)


def _explain(work: Workspace, content: DayContent, cause: Cause, choice: Choice) -> SyncdError:
    """Return the error that says what stands in the way of a date, and what helps."""
    day, path = content.state.day, work.folder.path_of(content.state.day)
    match cause:
        case Cause.BOTH_CHANGED:
            return DayConflict(path=path, day=day, kept=None)
        case Cause.RECORDED_CONFLICT:
            return DayConflict(path=path, day=day, kept=content.conflict.response if content.conflict else None)
        case Cause.UNREADABLE_FILE if isinstance(content.from_file, DigestError):
            return content.from_file
        case Cause.CORRUPT_ROWS:
            file = "the file is gone" if content.file is None else "the file was edited; --accept-file takes it"
            where = suggest_hosts(find_hosts_with_records(work, day, day).values())
            why = f"{content.corruption}, and {file}; the kept responses may give them back: syncd replay {day}{where}"
        case Cause.LOST:
            why = f"file and rows are both gone; syncd replay {day}, or syncd sync {day}, may bring them back"
        case Cause.ROW_MISSING:
            other = "--restore brings that text back from the vault" if content.account else _find_text(work, day)
            why = f"the rows are gone, and the file has another text than was recorded; {other}, --accept-file takes the file's"
        case Cause.NO_ROW if content.state.is_foreign:
            why = f"the text that was recorded of {day} is not here; {_find_text(work, day)}, or --accept-file takes the file's"
        case Cause.NO_ROW:
            why = f"the database holds no text of {day}; move the file away, repair again, then: syncd sync {day}"
        case Cause.REPEATED_PAPERS:
            paper, days = next(iter(content.repeated.items()))
            count = len(content.repeated)
            why = f"{count} of its papers were new on another date, e.g. {paper} on {days[0]}; --accept-file insists"
        case _:
            side = "file's" if choice is Choice.RESTORE else "database's"
            why = f"the {side} text would be lost, as no vault is kept; set archive.vault, or copy the file away first"
    return DigestError(why, path=path)


def _find_text(work: Workspace, day: date) -> str:
    """Return where the text of a date may come from of which this vault has no account."""
    hosts = sorted(set(find_hosts_with_records(work, day, day).values()))
    return f"{' and '.join(hosts)} may have that text" if hosts else "no vault here has that text"
