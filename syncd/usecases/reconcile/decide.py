"""What is to be done about a date whose sides differ, or why nothing is: repair's decisions, with a person's word or without.

It reads and never changes anything; `syncd.usecases.reconcile.apply` carries out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from syncd.core import digest as digests
from syncd.core.errors import DayConflict, DigestError, FaultyDigest, OtherCategory
from syncd.core.model import Issue, Severity, State
from syncd.core.reasons import severity
from syncd.core.reconcile import Cause, Verb
from syncd.usecases.reconcile.response_locations import hint, recorded_elsewhere

if TYPE_CHECKING:
    from datetime import date

    from syncd.core.errors import SyncdError
    from syncd.core.model import Digest, Finding
    from syncd.usecases.reconcile.day_state import Day
    from syncd.usecases.workspace import Workspace


class Side(Enum):
    """Which side holds where file and row differ and a person was asked."""

    NEITHER = "neither"
    FILE = "file"
    ROW = "row"


class Move(StrEnum):
    """What repair does about a date, in words for a plan."""

    WRITE = "write the file from the database"
    SETTLE = "record that file and database agree"
    READ = "register the file"
    REREAD = "read the damaged rows again from the file"
    ACCEPT = "take the edited file into the database"
    RESTORE = "bring the archive's text back; the file's bytes are kept aside"
    CLOSE = "close the conflict: the archive's text holds"


@dataclass(frozen=True, slots=True)
class Intent:
    """A move, or none and the reason: an error, or in `note` that a person must choose."""

    move: Move | None = None
    error: SyncdError | None = None
    note: str = ""


def intend(work: Workspace, both: Day, side: Side) -> Intent | None:
    """What is to be done about a date; None when nothing is."""
    found = work.store.finding(both.day)
    conflict = found if found is not None and found.state is State.CONFLICT else None
    intent: Intent | None
    if both.harm is not None:
        intent = _heal_rows(work, both, side)
    elif conflict is not None and (both.file is None) == (both.row is None):
        intent = _judge_conflict(work, both, side, conflict)
    elif conflict is not None and both.row is None and side is Side.NEITHER:
        intent = Intent(error=_conflict(work, both.day, conflict))
    else:
        intent = _decide(work, both, side)
    return _without_loss(work, both, intent)


def _heal_rows(work: Workspace, both: Day, side: Side) -> Intent:
    """Rows that cannot be trusted are read again from a file that vouches for itself, or that a person vouches for."""
    if both.file is not None and (both.is_vouched or side is Side.FILE):
        return _readable_then(work, both, Move.REREAD if both.is_vouched else Move.ACCEPT)
    file = "the file is gone" if both.file is None else "the file was edited; --accept-file takes it"
    where = hint(recorded_elsewhere(work, both.day, both.day).values())
    told = f"{both.harm}, and {file}; the kept responses may give them back: syncd replay {both.day}{where}"
    return Intent(error=DigestError(told, path=work.folder.path_of(both.day)))


def _judge_conflict(work: Workspace, both: Day, side: Side, conflict: Finding) -> Intent | None:
    """A recorded conflict about bytes that are kept aside: it ends with the person's word, or with the sides themselves."""
    if both.action is not None and both.action.cause in {Cause.EDITED, Cause.BOTH_CHANGED}:
        return _decide(work, both, side)
    if both.file is None or side is not Side.NEITHER:
        return Intent(Move.CLOSE)
    return Intent(error=_conflict(work, both.day, conflict))


def _conflict(work: Workspace, day: date, found: Finding | None) -> DayConflict:
    return DayConflict(path=work.folder.path_of(day), day=day, kept=found.response if found else None)


def _decide(work: Workspace, both: Day, side: Side) -> Intent | None:
    match (both.action.verb, both.action.cause) if both.action else None:
        case Verb.WRITE_FILE, _:
            return Intent(Move.WRITE)
        case Verb.RECORD_AGREEMENT, _:
            return Intent(Move.SETTLE)
        case Verb.READ_FILE, _:
            return _unregistered(work, both, side)
        case Verb.ASK, Cause.EDITED | Cause.BOTH_CHANGED:
            return _chosen(work, both, side)
        case Verb.ASK, Cause.LOST:
            told = (
                f"file and rows are both gone; syncd replay {both.day}, or syncd sync {both.day}, may bring them back"
            )
            return Intent(error=DigestError(told, path=work.folder.path_of(both.day)))
        case _:
            return None


def _unregistered(work: Workspace, both: Day, side: Side) -> Intent:
    """A file without rows is registered, unless it tells again what was new on another date: then a person must insist."""
    if side is Side.ROW:
        return Intent(error=_rowless(work, both))
    found = readable(work, both)
    if isinstance(found, DigestError) or side is Side.FILE or both.agreed is not None:
        return Intent(error=found) if isinstance(found, DigestError) else Intent(Move.READ)
    elsewhere = work.store.find_other_days([entry.id for entry in found.entries], both.day)
    if len(elsewhere) * 2 <= len(found.entries):
        return Intent(Move.READ)
    paper, days = next(iter(elsewhere.items()))
    told = f"{len(elsewhere)} of its papers were new on another date, e.g. {paper} on {days[0]}; --accept-file insists"
    return Intent(error=DigestError(told, path=work.folder.path_of(both.day)))


def _rowless(work: Workspace, both: Day) -> DigestError:
    told = f"the database holds no text of {both.day}; move the file away, repair again, then: syncd sync {both.day}"
    return DigestError(told, path=work.folder.path_of(both.day))


def _chosen(work: Workspace, both: Day, side: Side) -> Intent:
    if side is Side.ROW:
        return Intent(Move.RESTORE)
    if side is Side.FILE:
        return _readable_then(work, both, Move.ACCEPT)
    if both.action is not None and both.action.cause is Cause.BOTH_CHANGED:
        return Intent(error=_conflict(work, both.day, None))
    return Intent(note="the file was edited; --accept-file takes it, --restore brings the archive's text back")


def _readable_then(work: Workspace, both: Day, move: Move) -> Intent:
    found = readable(work, both)
    return Intent(error=found) if isinstance(found, DigestError) else Intent(move)


def _without_loss(work: Workspace, both: Day, intent: Intent | None) -> Intent | None:
    """The intent, refused where bytes would give way that no vault keeps."""
    if intent is None or intent.move not in {Move.RESTORE, Move.ACCEPT} or work.config.archive.vault is not None:
        return intent
    side = "file's" if intent.move is Move.RESTORE else "database's"
    told = f"the {side} text would be lost, as no vault is kept; set archive.vault, or copy the file away first"
    return Intent(error=DigestError(told, path=work.folder.path_of(both.day)))


def readable(work: Workspace, both: Day) -> Digest | DigestError:
    """The digest in the file; the error says why it cannot be taken."""
    path, category = work.folder.path_of(both.day), work.config.archive.category
    parsed = digests.parse(both.file or b"", category)
    faults = tuple(issue for issue in parsed.issues if severity(issue.code) is Severity.FAULT)
    if parsed.digest is not None and parsed.digest.category != category:
        return OtherCategory(parsed.digest.category, path=path)
    if parsed.digest is None or faults:
        return FaultyDigest(path=path, issues=faults or parsed.issues)
    if parsed.digest.day != both.day:
        told = f"the name says {both.day}, the heading {parsed.digest.day}"
        return FaultyDigest(path=path, issues=(Issue(1, "file-misplaced", told),))
    return parsed.digest
