"""All reason codes in one table: differences, deviations of a file from the format, problems of the archive.

The code of a finding is chosen where it is found. The severity depends on the code alone.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from syncd.core.model import Severity
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncd.core.errors import FolderError

_FAULT, _DRIFT, _HINT = Severity.FAULT, Severity.DRIFT, Severity.HINT
_REPAIR = "syncd repair {day}"
_RESTORE = "syncd repair {day} --restore"
_SYNC = "syncd sync {day}"
_DIFF = "syncd diff {day}"
_ACCEPT = "syncd diff {day} --accept"
_REPLAY = "syncd replay {day}"

REBUILD = "keep a copy, move the damaged database away, then rebuild it from the vault"
"""What a person does before `syncd replay`, where the damage is not that of single mailings or papers."""


@dataclass(frozen=True, slots=True)
class Reason:
    """The meaning and the severity of a code.

    `repair` is the command that helps, with `{day}` for the listing date (ISO). It is None when no command helps.
    """

    code: str
    severity: Severity
    meaning: str
    repair: str | None = None


DIFFERENCES = (
    Reason(
        "missing-local", _FAULT, "upstream announced this paper on that day and the archive does not have it", _SYNC
    ),
    Reason("missing-upstream", _FAULT, "the archive has this paper on that day and upstream does not", _ACCEPT),
    Reason("title-changed", _FAULT, "the title reads differently although no newer version explains it", _ACCEPT),
    Reason("abstract-changed", _FAULT, "the abstract reads differently although no newer version explains it", _ACCEPT),
    Reason("markup-only", _HINT, "the text reads the same and only its markup is written differently"),
    Reason("order-only", _FAULT, "the same papers are in another order", _ACCEPT),
    Reason("section-changed", _FAULT, "new submission here, cross-list there, or the other way round", _ACCEPT),
    Reason("crosslist-added", _DRIFT, "upstream cross-lists this paper now and its mailing did not"),
    Reason("crosslist-removed", _DRIFT, "upstream no longer cross-lists this paper and its mailing did"),
    Reason("withdrawn", _DRIFT, "the paper was withdrawn later and its mailing keeps it"),
    Reason("deleted", _DRIFT, "upstream has deleted this paper since and its mailing keeps it"),
    Reason("revised", _DRIFT, "upstream has a newer version than the text of the mailing, which stays as it is"),
    Reason("wrong-day", _FAULT, "it belongs to another day's mailing", _DIFF),
    Reason("duplicate", _FAULT, "one mailing holds the same paper more than once", _REPAIR),
    Reason("file-edited", _FAULT, "the file was changed after it last agreed with SQL", _RESTORE),
    Reason("file-missing", _FAULT, "SQL holds this mailing and its file is gone", _REPAIR),
    Reason("file-damaged", _FAULT, "the file is not a sound digest", _RESTORE),
    Reason(
        "file-unreadable",
        _FAULT,
        "the disk does not give it: look at the disk and at who may read the file, then check again",
    ),
    Reason("row-missing", _FAULT, "the file exists and SQL does not hold its mailing", _REPAIR),
    Reason(
        "stale-source",
        _HINT,
        "the source shows an older mailing or version than the archive holds, so it proves nothing",
    ),
)
"""How two versions of a mailing differ: what `diff` reports."""

FORMAT = (
    Reason("empty-file", _FAULT, "the file has no bytes", _RESTORE),
    Reason("byte-order-mark", _FAULT, "the file begins with a byte order mark", _RESTORE),
    Reason("not-utf-8", _FAULT, "bytes that are not UTF-8", _RESTORE),
    Reason("crlf", _FAULT, "lines end with CR LF instead of LF", _RESTORE),
    Reason("no-final-newline", _FAULT, "the last line has no line end: the file may be cut off", _RESTORE),
    Reason("control-character", _FAULT, "a control character, another kind of line end, or a bidi override", _RESTORE),
    Reason("not-nfc", _FAULT, "text that is not in Unicode normal form NFC", _RESTORE),
    Reason("blank-line", _FAULT, "a line without text", _RESTORE),
    Reason("stray-line", _FAULT, "a line that is neither heading nor title nor abstract", _RESTORE),
    Reason("heading-missing", _FAULT, "no line says which category and day this is", _RESTORE),
    Reason("heading-misplaced", _FAULT, "the heading is not the first line", _RESTORE),
    Reason("heading-date", _FAULT, "the heading names a date that does not exist", _RESTORE),
    Reason("heading-weekday", _FAULT, "the weekday in the heading does not fit its date", _RESTORE),
    Reason("heading-line", _FAULT, "the heading is not written as the format requires", _RESTORE),
    Reason("other-category", _FAULT, "the digest is of another category"),
    Reason("no-entries", _FAULT, "a heading without a paper; an empty mailing has no file", _RESTORE),
    Reason("title-line", _FAULT, "the title line is not written as the format requires", _RESTORE),
    Reason("title-missing", _FAULT, "an abstract without a title line before it", _RESTORE),
    Reason("title-empty", _FAULT, "a title without text", _RESTORE),
    Reason("number-wrong", _FAULT, "the entries are not numbered 1, 2, 3 …", _RESTORE),
    Reason("link-malformed", _FAULT, "the link is not https://arxiv.org/pdf/ID.pdf", _RESTORE),
    Reason("link-versioned", _FAULT, "the link names a version", _RESTORE),
    Reason("id-malformed", _FAULT, "the link holds no arXiv id, so the entry cannot be read", _RESTORE),
    Reason("id-duplicate", _FAULT, "the file contains the same id twice", _RESTORE),
    Reason("abstract-line", _FAULT, "the abstract line is not written as the format requires", _RESTORE),
    Reason("abstract-missing", _FAULT, "a title line without an abstract after it", _RESTORE),
    Reason("abstract-empty", _FAULT, "an abstract without text", _RESTORE),
    Reason("tail-varies", _FAULT, "the number of spaces at the end differs from the other abstract lines", _RESTORE),
    Reason("text-not-canonical", _FAULT, "a text with markup that is unsafe or not in canonical form", _RESTORE),
    Reason(
        "order-broken",
        _FAULT,
        "the ids ascend in more than two blocks (new papers, then cross-lists)",
        _RESTORE,
    ),
    Reason(
        "late-crosslist", _HINT, "an id of an older month: a paper cross-listed after its own mailing, which is normal"
    ),
    Reason(
        "not-canonical-bytes", _FAULT, "the bytes differ from those that syncd would write for this digest", _RESTORE
    ),
    Reason("too-many", _FAULT, "more deviations than are listed", _RESTORE),
)
"""How the bytes of a file deviate from the format: what `digest.parse` reports."""

PROBLEMS = (
    Reason("file-unregistered", _FAULT, "a digest file that SQL does not know", _REPAIR),
    Reason(
        "both-changed", _FAULT, "file and SQL both changed after they last agreed, and a person must choose", _RESTORE
    ),
    Reason("stray-file", _HINT, "a file in the archive's folder that is not one of its digests"),
    Reason("file-misplaced", _FAULT, "the file's name and its heading name different days", _RESTORE),
    Reason("marker-damaged", _FAULT, "the marker cannot be read, and no command writes", "syncd repair --rebuild"),
    Reason(
        "notes-damaged",
        _HINT,
        "the notes of the daemon cannot be understood; its next turn writes them anew, and may repeat a check or an alarm",
    ),
    Reason(
        "ledger-damaged", _FAULT, "the ledger that several archives share cannot be read, and nothing is asked upstream"
    ),
    Reason("unfinished", _FAULT, "a write that was interrupted between SQL and file", _REPAIR),
    Reason(
        "manifest-stale",
        _HINT,
        "the checksums of the year are outdated; syncd repair or the next sync updates them",
    ),
    Reason(
        "leftover-temp",
        _HINT,
        "a temporary file of an interrupted run; a write to its folder deletes it after a day",
    ),
    Reason("sql-damaged", _FAULT, "the rows no longer give the hash that was recorded with them", _REPLAY),
    Reason("history-differs", _FAULT, "the history lacks the record of this mailing, or has it otherwise", _REPAIR),
    Reason("vault-missing", _FAULT, "the raw response behind this day is not in the vault"),
    Reason(
        "vault-unreadable",
        _FAULT,
        "the disk does not give a raw response in the vault: look at the disk, then check again",
    ),
    Reason("vault-damaged", _FAULT, "a raw response in the vault no longer has the hash that is its name"),
    Reason("duplicate-across-days", _FAULT, "the mailings of two days contain the same paper", _DIFF),
    Reason("index-stale", _FAULT, "the full-text index does not match the entries", "syncd search --reindex"),
    Reason("papers-missing", _FAULT, "the mailing may lack papers: not all of its records could be read"),
    Reason("calendar-disagrees", _HINT, "a mailing on a day for which the calendar expects none (the mailing counts)"),
)
"""What `check` finds in files, SQL and vault besides `file-…`, `row-missing` and the deviations from the format."""

PLACEMENTS = (
    Reason("next-mailing", _HINT, "it was submitted for this mailing, as most papers of it were"),
    Reason("lower-ids", _HINT, "a paper with a lower id was submitted for this mailing, so this one cannot be older"),
    Reason("id-month", _HINT, "the month of its id allows no earlier mailing"),
    Reason(
        "after-closing", _HINT, "nothing was announced on the date for which it was submitted; this is the next one"
    ),
    Reason(
        "possible-closing", _HINT, "no list of closings is known for this year, and this mailing is the likelier one"
    ),
    Reason("ids-out-of-order", _HINT, "the ids around it contradict each other, so only its own times count"),
    Reason(
        "held-at-head", _HINT, "moderation held it, and at that time held papers opened the mailing of their release"
    ),
    Reason(
        "held-at-border",
        _HINT,
        "moderation held it, and the ids around it make this mailing likelier than the one before",
    ),
    Reason(
        "held-at-start", _HINT, "the first ids at hand are too few for a mailing, so they are held papers of this one"
    ),
)
"""Why a date was chosen that is not proven: the reason of an entry."""

REASONS: Mapping[str, Reason] = MappingProxyType(
    {reason.code: reason for reason in (*DIFFERENCES, *FORMAT, *PROBLEMS, *PLACEMENTS)}
)


def severity(code: str) -> Severity:
    """Return the severity of a code. KeyError for a code that the table does not have."""
    return REASONS[code].severity


def name_unreadable(error: FolderError) -> str:
    """Return the code of a file that cannot be read: unreadable where the disk or a right keeps it back, else damaged."""
    is_closed = isinstance(error.__cause__, PermissionError)
    return "file-unreadable" if error.passing or is_closed else "file-damaged"
