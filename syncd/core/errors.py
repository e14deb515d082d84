"""Every exception syncd raises. It holds facts only. The words for people are in `syncd.report.error_messages`.

SyncdError
├── ConfigError                a configuration that cannot be used
│   ├── ConfigMissing          there is none, and an archive would be made
│   └── ConfigErrors           several mistakes in one
├── UpstreamError              what arXiv, or the way to it, did
│   ├── Unavailable            408, 425, 5xx, reset, truncated, timed out; every retry failed
│   ├── CertificateRefused     the server's certificate is not trusted
│   ├── CoolingDown            a host asked for a pause; nothing is sent before `until`
│   ├── HostBlocked            a host answered 403, or asked for a very long pause
│   └── Unexpected             an unexpected response (status, type, size, redirect)
├── PageError                  a page that was received and rejected
│   ├── PartialPage            it shows less than it counts
│   ├── LayoutUnknown          its layout is not one that this version knows
│   └── GuardRefused           it contradicts what is known (`sources.oai.TokenRefused` is one)
├── OutOfReach                 a day that this source does not have (any more, or yet)
├── DigestError                a digest file that was not adopted
│   ├── FaultyDigest           it breaks the format
│   ├── OtherCategory          it is of another category than the archive
│   └── DayConflict            the archive holds its day with other bytes
└── ArchiveError
    ├── ArchiveMissing         no database, or no digest, where one is needed
    ├── ArchiveGuard           the folder or the database is not the one it should be (`OtherOwner`: it is another user's)
    ├── FolderError            the disk failed (full, read-only, no permission)
    ├── DatabaseError          the database failed, or is of a newer syncd (`LedgerError`: the shared ledger did)
    └── Locked                 another process holds the lock
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from syncd.core.model import Issue


READING_ERRORS = (
    ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RecursionError, TypeError, ValueError,
)  # fmt: skip
"""What a library raises, by kind, that reads bytes which are not what they should be. A reader of such bytes catches them all."""

PASSING_ERRORS = frozenset({
    errno.EIO, errno.EINTR, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ESTALE, errno.ETIMEDOUT,
})  # fmt: skip
"""What a disk or a machine refuses now, by error number. It does not say that what is there is damaged, wrong or missing."""


class SyncdError(Exception):
    """Root of the tree. `code` is the stable kebab-case name that scripts see as `error.code`."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class ConfigError(SyncdError):
    """A configuration that cannot be used: `key` is dotted (`archive.root`), `origin` a file, variable or flag."""

    code = "config"

    def __init__(self, detail: str, *, key: str | None = None, origin: str | None = None) -> None:
        super().__init__(detail)
        self.key = key
        self.origin = origin


class ConfigMissing(ConfigError):
    """Nothing is configured, and the command would make an archive. `detail` names the files that were looked for."""


class ConfigErrors(ConfigError):
    """Several mistakes of one configuration: `mistakes` has at least two, in the order in which they were found."""

    def __init__(self, mistakes: Sequence[ConfigError]) -> None:
        super().__init__(f"{len(mistakes)} mistakes in the configuration")
        self.mistakes = tuple(mistakes)


class UpstreamError(SyncdError):
    """A failure of arXiv or of the way to it. `url` is the address of the request."""

    code = "upstream"

    def __init__(self, detail: str = "", *, url: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.url = url
        self.status = status


class Unavailable(UpstreamError):
    """A temporary failure: every retry failed too, and nothing was kept.

    `is_cut`: an answer began to come, and did not come whole. A shorter answer may.
    """

    code = "upstream-unavailable"

    def __init__(self, detail: str = "", *, url: str, status: int | None = None, is_cut: bool = False) -> None:
        super().__init__(detail, url=url, status=status)
        self.is_cut = is_cut


class CertificateRefused(UpstreamError):
    """The server's certificate is not trusted. Nothing was sent, and no other try was made."""

    code = "certificate-refused"


class CoolingDown(UpstreamError):
    """The host is in cooldown until `until` (UTC). Raised before sending while the cooldown lasts."""

    code = "cooling-down"

    def __init__(self, detail: str = "", *, url: str, host: str, until: datetime, status: int | None = None) -> None:
        super().__init__(detail, url=url, status=status)
        self.host = host
        self.until = until


class HostBlocked(UpstreamError):
    """Nothing is sent to any host until `syncd requests --release HOST`. `reason` says what the host did (`answered 403`)."""

    code = "stopped"

    def __init__(
        self,
        detail: str = "",
        *,
        url: str,
        host: str,
        since: datetime,
        status: int | None = 403,
        reason: str = "answered 403",
    ) -> None:
        super().__init__(detail, url=url, status=status)
        self.host = host
        self.since = since
        self.reason = reason


class Unexpected(UpstreamError):
    """An unexpected response: its status, content type, size or redirect fits no rule. `remedy` as in FolderError."""

    code = "unexpected-answer"

    def __init__(self, detail: str = "", *, url: str, status: int | None = None, remedy: str = "") -> None:
        super().__init__(detail, url=url, status=status)
        self.remedy = remedy


class PageError(SyncdError):
    """A received page that was rejected. `day` is the listing date that was requested, if any.

    `reason` is the kebab-case name of the guard that rejected it, `response` the vault hash of the kept page (None until kept).
    """

    code = "page"

    def __init__(
        self,
        detail: str,
        *,
        reason: str,
        day: date | None = None,
        url: str | None = None,
        response: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.day = day
        self.url = url
        self.response = response


class PartialPage(PageError):
    """The page shows fewer papers than it counts itself."""

    code = "partial"


class LayoutUnknown(PageError):
    """The layout of the page is not one that this version knows. A person must look."""

    code = "layout-unknown"


class GuardRefused(PageError):
    """The page contradicts the requested day, itself, or what the archive knows."""

    code = "guard"


class OutOfReach(SyncdError):
    """Days that this source does not have any more, or not yet. `days` ascend. `is_future`: arXiv has not announced them."""

    code = "out-of-reach"

    def __init__(self, detail: str, *, days: tuple[date, ...], is_future: bool = False) -> None:
        super().__init__(detail)
        self.days = days
        self.is_future = is_future


class DigestError(SyncdError):
    """A digest file that was not adopted. `path` names it."""

    code = "digest"

    def __init__(self, detail: str = "", *, path: str) -> None:
        super().__init__(detail)
        self.path = path


class FaultyDigest(DigestError):
    """The file breaks the format. `issues` say where."""

    code = "digest-faulty"

    def __init__(self, *, path: str, issues: tuple[Issue, ...]) -> None:
        super().__init__("", path=path)
        self.issues = issues


class OtherCategory(DigestError):
    """The file is of another category than the archive. `detail` names it."""

    code = "other-category"


class DayConflict(DigestError):
    """The archive holds the day with other bytes. Nothing was overwritten. `kept` is the vault hash of the other bytes."""

    code = "conflict"

    def __init__(self, *, path: str, day: date, kept: str | None) -> None:
        super().__init__("", path=path)
        self.day = day
        self.kept = kept


class ArchiveError(SyncdError):
    """A failure on this side. `path` is the folder, file or database URL (without password)."""

    code = "archive"

    def __init__(self, detail: str = "", *, path: str) -> None:
        super().__init__(detail)
        self.path = path


class ArchiveMissing(ArchiveError):
    """An archive, database or digest that is needed is missing. `remedy` as in FolderError."""

    code = "archive-missing"

    def __init__(self, detail: str = "", *, path: str, remedy: str = "") -> None:
        super().__init__(detail, path=path)
        self.remedy = remedy


class ArchiveGuard(ArchiveError):
    """Folder and database do not belong together, or one of them vanished. Nothing was changed."""

    code = "archive-guard"


class OtherOwner(ArchiveGuard):
    """The archive belongs to another user. `command` is the line to type instead."""

    def __init__(self, detail: str, *, path: str, command: str) -> None:
        super().__init__(detail, path=path)
        self.command = command


class MarkerLost(ArchiveGuard):
    """The marker of the folder is missing or damaged: an unmounted disk, or a folder that was restored without dot files."""


class FolderError(ArchiveError):
    """The disk failed to read or write. `operation` is what it refused, where that says more than `detail`.

    `passing` is True when a later try may read what is there. Else it is damaged, missing or closed to this user. `remedy` says
    in words what helps, where that is not the disk.
    """

    code = "folder"

    def __init__(
        self, detail: str = "", *, path: str, operation: str = "", passing: bool = False, remedy: str = ""
    ) -> None:
        super().__init__(detail, path=path)
        self.operation = operation
        self.passing = passing
        self.remedy = remedy


class DatabaseError(ArchiveError):
    """The database failed, cannot be reached, or was written by a newer syncd.

    `passing` is True when a later try may succeed without a person, `is_damage` when the database cannot be read any more.
    `remedy` says in words what helps, where that is neither waiting nor rebuilding.
    """

    code = "database"

    def __init__(
        self, detail: str = "", *, path: str, passing: bool = False, is_damage: bool = False, remedy: str = ""
    ) -> None:
        super().__init__(detail, path=path)
        self.passing = passing
        self.is_damage = is_damage
        self.remedy = remedy


class LedgerError(DatabaseError):
    """The ledger that several archives share cannot be read. The archive itself is untouched."""


class Locked(ArchiveError):
    """Another process holds the lock. `holder` describes it in words."""

    code = "locked"

    def __init__(self, detail: str = "", *, path: str, holder: str) -> None:
        super().__init__(detail, path=path)
        self.holder = holder
