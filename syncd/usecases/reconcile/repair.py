"""Bring file and rows of a date into agreement, as far as no person has to choose.

a page of dates, under the write lock: read_day ─► decide ─► apply, or only report (a dry run, or a person must choose)
                                                         └─► apply_page, for those that may wait for each other

Nothing is ever deleted, and bytes that are replaced are kept aside in the vault first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core.digest.hashing import sha256
from syncd.core.errors import DayConflict, DigestError, FolderError
from syncd.core.model import State
from syncd.core.reconcile import Cause, Choice, Verb, decide
from syncd.core.results import DayOutcome, Done, Run
from syncd.core.values import dataclass
from syncd.usecases.progress import UNSTOPPED, Cancelled, Progress
from syncd.usecases.reconcile import checksums
from syncd.usecases.reconcile.accounts import Accounts
from syncd.usecases.reconcile.apply import apply_or_refuse, make_outcome
from syncd.usecases.reconcile.apply_page import apply_page, can_share_page
from syncd.usecases.reconcile.day_state import DayContent, find_corruption, prove_rows, read_day, read_days_without_file
from syncd.usecases.reconcile.response_locations import find_hosts_with_records, suggest_hosts
from syncd.usecases.reconcile.write import PAGE
from syncd.usecases.skipped_days import explain_skipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.core.errors import SyncdError
    from syncd.core.reconcile import Action
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

_DOING = "repairing"
_ALONE = 10
"""How many dates that are done one by one keep the lock. Another writer waits up to 30 seconds for it."""
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
    accounts = Accounts(work.vault, is_for_change=not dry_run)
    repairs, outcomes = _Repairs(work, choice, accounts, control), list[DayOutcome | None]()
    wanted: list[date] = []
    is_cancelled = False
    try:
        wanted = sorted(set(days)) or _list_suspects(work, control)
        for page in repairs.preview(wanted) if dry_run else repairs.carry_out(wanted):
            outcomes += page
            for outcome in page:
                control.report(Progress("", outcome=outcome))
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


@dataclass(frozen=True, slots=True)
class _Repairs:
    """Repairs dates in their order, as many at once as may wait for each other."""

    work: Workspace
    choice: Choice
    accounts: Accounts
    control: RunControl

    def preview(self, days: Sequence[date]) -> Iterator[list[DayOutcome | None]]:
        """Yield the outcome that each date would have. It takes no lock: it changes nothing, and must not wait for a writer."""
        for day in self.control.follow(days, _DOING, len(days)):
            content = self._read(day)
            yield [content if isinstance(content, DayOutcome) else self._settle(content, is_preview=True)]

    def carry_out(self, days: Sequence[date]) -> Iterator[list[DayOutcome | None]]:
        """Repair the dates and yield their outcomes, some at a time. None for a date that needs nothing."""
        done = 0
        while done < len(days):
            self.control.count(_DOING)(done, len(days))
            with self.work.write_lock():
                page = self._repair_page(days, done)
            done += len(page)
            yield page
        self.control.report(Progress(_DOING, done, done))

    def _repair_page(self, days: Sequence[date], start: int) -> list[DayOutcome | None]:
        """Return the outcomes of the dates from `start` on: of a page, or of fewer where one must not wait or the work ends.

        Everything is read under the lock that the caller holds. A date that must not wait for the others comes first in a page.
        """
        outcomes: dict[date, DayOutcome | None] = {}
        planned: list[tuple[DayContent, Action]] = []
        alone = 0
        page = days[start : start + PAGE]
        without_file = read_days_without_file(self.work, page)
        for day in page:
            if alone == _ALONE or (outcomes and self._must_stop(start + len(outcomes), len(days))):
                break
            content = without_file.pop(day, None) or self._read(day)
            action = None if isinstance(content, DayOutcome) else decide(content.state, self.choice)
            if isinstance(content, DayOutcome) or action is None:
                outcomes[day] = content if isinstance(content, DayOutcome) else None
            elif can_share_page(content, action):
                outcomes[day] = None
                planned.append((content, action))
            elif _depends_on(content, action, planned):
                break
            else:
                outcomes[day] = self._settle(content)
                alone += action.verb is not Verb.ASK
        return list((outcomes | self._apply_page(planned)).values())

    def _must_stop(self, done: int, total: int) -> bool:
        try:
            self.control.count(_DOING)(done, total)
        except Cancelled:
            return True
        return False

    def _apply_page(self, planned: Sequence[tuple[DayContent, Action]]) -> dict[date, DayOutcome | None]:
        """Carry out the actions of a page. A date whose file was changed since it was read is read again."""
        steady = [one for one in planned if _is_file_as_read(self.work, one[0])]
        outcomes: dict[date, DayOutcome | None] = {**apply_page(self.work, steady)}
        for content, action in planned:
            if action.day not in outcomes:
                again = self._read(content.state.day)
                outcomes[action.day] = again if isinstance(again, DayOutcome) else self._settle(again)
        return outcomes

    def _read(self, day: date) -> DayContent | DayOutcome:
        """Return what a date holds, or its outcome where that cannot be read."""
        try:
            return read_day(self.work, day, self.accounts)
        except FolderError as error:
            return replace(make_outcome(self.work, day, Done.REFUSED), error=error)

    def _settle(self, content: DayContent, *, is_preview: bool = False) -> DayOutcome | None:
        """Decide about a date and act, or only say what would be done. Return None when the date needs nothing."""
        work, day, action = self.work, content.state.day, decide(content.state, self.choice)
        if action is None:
            return None
        if action.verb is Verb.ASK and action.cause is Cause.EDITED:
            return replace(make_outcome(work, day, Done.NONE), note=_EDITED)
        if action.verb is Verb.ASK:
            error = _explain(work, content, action.cause, self.choice)
            return replace(make_outcome(work, day, Done.REFUSED), error=error)
        if is_preview:
            return replace(make_outcome(work, day, Done.PLANNED), note=action.verb)
        return apply_or_refuse(work, content, action)


def _depends_on(content: DayContent, action: Action, planned: Sequence[tuple[DayContent, Action]]) -> bool:
    """Return whether a date may hold something else once the actions planned for other dates are carried out.

    Only rows that are written change other dates, and never those whose rows are sound.
    """
    is_settled = action.verb is Verb.ASK and content.row is not None and content.corruption is None
    return not is_settled and any(other.verb is Verb.READ_FILE for _, other in planned)


def _is_file_as_read(work: Workspace, content: DayContent) -> bool:
    try:
        return work.folder.stat(content.state.day) == content.stat
    except FolderError:
        return False


def _list_suspects(work: Workspace, control: RunControl) -> list[date]:
    """Return the dates that may need something, ascending.

    That is all of them but those without a conflict on which file, sound rows and agreement have one hash.
    """
    mailings, agreed = work.store.mailings(), work.store.list_agreed_hashes()
    suspects = {day for day, found in work.store.findings().items() if found.state is State.CONFLICT}
    suspects |= {*work.store.list_orphaned_days(), *work.store.list_days_outside_history()}
    days = sorted({*mailings, *agreed, *suspects, *(day for day, _ in work.folder.days())})
    for day in control.follow(days, "examining files", len(days)):
        row = mailings.get(day)
        if row is None or not agreed.get(day) == row.sha256 == _hash_file(work, day):
            suspects.add(day)
    # The rows of a suspect are read again in any case, under the lock.
    others = [day for day in mailings if day not in suspects]
    for day, proven in control.follow(prove_rows(work, others, len(mailings)), "examining rows", len(others)):
        if proven is None and not _are_rows_sound(work, day):
            suspects.add(day)
    return sorted(suspects)


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
