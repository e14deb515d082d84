"""Explain every error to people: what happened, and the command that helps."""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING

from syncd.core import errors
from syncd.core.printable import printable
from syncd.core.reasons import REBUILD
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any


_LONGEST_URL = 120
_OTHER_TABLES = re.compile("no such (?:table|column)|has no column|(?:relation|column) .* does not exist")
"""What SQLite and PostgreSQL say of a table or column that is not there."""


@dataclass(frozen=True, slots=True)
class ErrorMessage:
    """An error as a person and a script see it. `help` is empty when nothing can be done."""

    code: str
    message: str
    help: str


def explain(error: errors.SyncdError) -> ErrorMessage:
    """Return the message for an error: that of its nearest class with a message."""
    maker = next(_MAKERS[kind] for kind in type(error).__mro__ if kind in _MAKERS)
    message, advice = maker(error)
    reason = error.reason if isinstance(error, errors.PageError) else error.code
    return ErrorMessage(reason, printable(message), printable(advice))


def explain_briefly(error: errors.SyncdError) -> str:
    """Return the message without the date, for the end of a line that begins with the date."""
    if isinstance(error, errors.PageError):
        return printable(f"{error.reason}: {error.detail}{_name_kept_page(error)}")
    if isinstance(error, errors.OutOfReach) and len(error.days) == 1:
        return printable(error.detail)
    return explain(error).message


def format_time(when: datetime) -> str:
    """Return a time for people: `2026-11-20 20:00 UTC`, with seconds when they are not 0."""
    clock = "%H:%M:%S" if when.second else "%H:%M"
    return when.strftime(f"%Y-%m-%d {clock} %Z").strip()


def _shorten(url: str) -> str:
    """Return an address without its end where it is long: that of a request for texts names hundreds of papers."""
    return url if len(url) <= _LONGEST_URL else f"{url[:_LONGEST_URL]}…"


def _config(error: errors.ConfigError) -> tuple[str, str]:
    if error.key is None and error.origin is not None:
        message = f"{error.origin} {error.detail}"
        if error.origin.startswith("SYNCD_"):  # a variable, which is in no file
            return message, f"to go on without it: unset {error.origin}"
    else:
        where = f" ({error.origin})" if error.origin else ""
        message = f"{error.key}: {error.detail}{where}" if error.key else error.detail
    is_about_file = error.key is not None or error.origin is not None
    return message, "every key with its meaning: syncd config generate" if is_about_file else ""


def _config_missing(error: errors.ConfigMissing) -> tuple[str, str]:
    return error.detail, "make one: syncd config generate > config.toml, edit it, then: syncd config validate"


def _unavailable(error: errors.Unavailable) -> tuple[str, str]:
    return f"{_shorten(error.url)} is unavailable: {error.detail}", "run the same command again later"


def _certificate(error: errors.CertificateRefused) -> tuple[str, str]:
    advice = "check the clock, a proxy in between, the package ca-certificates; for an own authority: upstream.ca_file"
    why = f"{error.detail}; the connection ended before any request"
    return f"{error.url}: the server's certificate is not trusted: {why}", advice


def _cooling(error: errors.CoolingDown) -> tuple[str, str]:
    until = format_time(error.until)
    return f"{error.host} asked for a pause until {until}", "nothing is sent before that; see: syncd requests"


def _blocked(error: errors.HostBlocked) -> tuple[str, str]:
    since = format_time(error.since)
    message = f"{error.host} {error.reason} on {since}; nothing is sent to any host until a person releases it"
    return message, f"find out why, then: syncd requests --release {error.host}"


def _unexpected(error: errors.Unexpected) -> tuple[str, str]:
    status = f" (status {error.status})" if error.status else ""
    return (
        f"{_shorten(error.url)} gave an unexpected response{status}: {error.detail}",
        error.remedy or "open the address in a browser and compare",
    )


def _upstream(error: errors.UpstreamError) -> tuple[str, str]:
    return f"{_shorten(error.url)}: {error.detail}", "run the same command again later"


def _page(error: errors.PageError) -> tuple[str, str]:
    if error.reason in _LACKING_HELP:
        return f"{f'{error.day}: ' if error.day else ''}{error.detail}", _LACKING_HELP[error.reason].format(
            day=error.day or "DATE"
        )
    day = f" for {error.day}" if error.day else ""
    advice = next(_PAGE_HELP[kind] for kind in type(error).__mro__ if kind in _PAGE_HELP)
    if isinstance(error, errors.PartialPage) and (error.url or "").startswith("file:"):
        advice = "nothing of this page was written; save the whole page again, as HTML"
    return f"arXiv's page{day} was rejected ({error.reason}): {error.detail}{_name_kept_page(error)}", advice


def _name_kept_page(error: errors.PageError) -> str:
    return f"; kept in the vault as {error.response[:12]}" if error.response else ""


_LACKING_HELP = {
    "bad-records": "a later backfill from OAI or a whole snapshot completes it; in the last 90 days also: syncd sync DATE",
    "missing-texts": "the day is written once its texts come; run the same command again later",
    "snapshot-end": "a newer snapshot or backfill --source oai completes it; in the last 90 days also: syncd sync DATE",
}
"""What helps where no page was rejected, but a day lacks something: by the reason."""

_PAGE_HELP: dict[type[errors.PageError], str] = {
    errors.PageError: "nothing of this page was written",
    errors.PartialPage: "nothing of this page was written; run the same command again later",
    errors.LayoutUnknown: "nothing of this page was written; compare the kept page with the site, and look for a newer syncd",
    errors.GuardRefused: "nothing of this page was written; compare with the site, then run: syncd sync --witness DATE",
}


def _reach(error: errors.OutOfReach) -> tuple[str, str]:
    days = ", ".join(str(day) for day in error.days[:5]) + (" …" if len(error.days) > 5 else "")
    if error.is_future:
        return f"{days}: {error.detail}", f"see when arXiv announces: syncd calendar {min(error.days):%Y-%m}"
    return f"{days}: {error.detail}", f"for older dates: syncd backfill --since {min(error.days)}"


def _faulty(error: errors.FaultyDigest) -> tuple[str, str]:
    issues = "; ".join(f"line {issue.line}: {issue.message} ({issue.code})" for issue in error.issues[:10])
    more = f"; and {len(error.issues) - 10} more" if len(error.issues) > 10 else ""
    return f"{error.path} breaks the format: {issues}{more}", "correct the file, then adopt it again"


def _other_category(error: errors.OtherCategory) -> tuple[str, str]:
    return f"{error.path} is a digest of {error.detail}", "an archive holds one category; see archive.category"


def _conflict(error: errors.DayConflict) -> tuple[str, str]:
    kept = f"; the other bytes are kept in the vault as {error.kept[:12]}" if error.kept else ""
    advice = f"compare them, then: syncd repair {error.day} --accept-file, or --restore"
    return f"{error.path}: the archive holds {error.day} with other bytes{kept}; nothing was overwritten", advice


def _digest(error: errors.DigestError) -> tuple[str, str]:
    return f"{error.path}: {error.detail}", ""


def _missing(error: errors.ArchiveMissing) -> tuple[str, str]:
    advice = error.remedy or "to make a new archive, run: syncd sync, or: syncd adopt PATH"
    return f"{error.path}: {error.detail}", advice


def _guard(error: errors.ArchiveGuard) -> tuple[str, str]:
    return (
        f"{error.path}: {error.detail}",
        "nothing was changed; check that the right disk is mounted and that the paths are right",
    )


def _other_owner(error: errors.OtherOwner) -> tuple[str, str]:
    return f"{error.path}: {error.detail}", f"nothing was changed; run: {error.command}"


def _marker_lost(error: errors.MarkerLost) -> tuple[str, str]:
    return (
        f"{error.path}: {error.detail}",
        "nothing was changed; mount the right disk; if the folder or its marker is gone for good, run: syncd repair --rebuild",
    )


def _folder(error: errors.FolderError) -> tuple[str, str]:
    if error.operation == "flock":
        advice = "nothing was changed; this file system has no locks: use a local disk, or mount it with locks; see: syncd doctor"
        return f"{error.path}: cannot be locked (flock): {error.detail}", advice
    return f"{error.path}: {error.detail}", error.remedy or f"{_advise_on_disk(error)}, then run the same command again"


def _advise_on_disk(error: errors.FolderError) -> str:
    cause = error.__cause__
    number = cause.errno if isinstance(cause, OSError) else None
    return _DISK_HELP.get(number or 0, "no half-written file is left; check the disk")


_DISK_HELP = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "no half-written file is left; make room on the disk"),
    errno.EROFS: "no half-written file is left; mount the disk for writing (one that fails turns read-only)",
    **dict.fromkeys((errno.EACCES, errno.EPERM), "give the user who runs syncd the right to it (owner and mode)"),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "too many files are open: raise the limit (ulimit -n, LimitNOFILE=)"),
    **dict.fromkeys((errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO), "move what stands there away"),
    errno.ENOENT: "check the path, and that its disk is mounted",
    errno.ENAMETOOLONG: "use a shorter path",
}
"""What helps where the system says why it refused, by error number."""


def _database(error: errors.DatabaseError) -> tuple[str, str]:
    return f"database {error.path}: {error.detail}", _advise_on_database(error)


def _advise_on_database(error: errors.DatabaseError) -> str:
    if error.is_damage:
        return f"{REBUILD}: syncd replay"
    if _OTHER_TABLES.search(error.detail):
        return "its tables are not those of this version; keep a copy, move it away, then rebuild it: syncd replay"
    if error.remedy:
        return error.remedy
    if error.passing:
        return "run the same command again later; if that does not help, look at the disk, or at the server and its log"
    return ""


def _ledger(error: errors.LedgerError) -> tuple[str, str]:
    return f"ledger {error.path}: {error.detail}", _advise_on_ledger(error)


def _advise_on_ledger(error: errors.LedgerError) -> str:
    if not error.is_damage:
        return _advise_on_database(error)
    return "keep a copy, and move it away; the next request makes it anew, without the pauses that hosts asked for"


def _archive(error: errors.ArchiveError) -> tuple[str, str]:
    return f"{error.path}: {error.detail}", ""


def _locked(error: errors.Locked) -> tuple[str, str]:
    return f"{error.path} is held by {error.holder}", "wait for it to finish, or stop it"


_MAKERS: dict[type[errors.SyncdError], Callable[[Any], tuple[str, str]]] = {
    errors.ConfigError: _config,
    errors.ConfigMissing: _config_missing,
    errors.UpstreamError: _upstream,
    errors.Unavailable: _unavailable,
    errors.CertificateRefused: _certificate,
    errors.CoolingDown: _cooling,
    errors.HostBlocked: _blocked,
    errors.Unexpected: _unexpected,
    errors.PageError: _page,
    errors.OutOfReach: _reach,
    errors.DigestError: _digest,
    errors.FaultyDigest: _faulty,
    errors.OtherCategory: _other_category,
    errors.DayConflict: _conflict,
    errors.ArchiveError: _archive,
    errors.ArchiveMissing: _missing,
    errors.ArchiveGuard: _guard,
    errors.OtherOwner: _other_owner,
    errors.MarkerLost: _marker_lost,
    errors.FolderError: _folder,
    errors.DatabaseError: _database,
    errors.LedgerError: _ledger,
    errors.Locked: _locked,
}
