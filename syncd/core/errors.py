"""Every exception syncd raises; it holds facts only, the words for people are in `syncd.report.error_messages`.

SyncdError
├── ConfigError                a configuration that cannot be used
├── UpstreamError              what arXiv, or the way to it, did
│   ├── Unavailable            5xx, reset, truncated, timed out: tried, nothing kept
│   ├── CoolingDown            a host asked for rest; nothing is sent before `until`
│   ├── HostBlocked            a host answered 403; a person must release it
│   └── Unexpected             an answer no rule covers (status, type, size, redirect)
├── PageError                  a page that was received and may not be believed
│   ├── PartialPage            it says itself that something is missing
│   ├── LayoutUnknown          it is not built as any page this version knows
│   └── GuardRefused           it is well built and contradicts what is known (`sources.oai.TokenRefused` is one)
├── OutOfReach                 a day that this source cannot give (any more, or yet)
├── DigestError                a digest file that was not taken
│   ├── FaultyDigest           it breaks the format
│   ├── OtherCategory          it is of another category than the archive
│   └── DayConflict            its day is held with other bytes
└── ArchiveError
    ├── ArchiveMissing         no database, or no digest, where one is needed
    ├── ArchiveGuard           the folder or the database is not the one it should be
    ├── FolderError            the disk refused (full, read-only, no permission)
    ├── DatabaseError          the database refused, or is of a newer syncd
    └── Locked                 another process is writing, or is the daemon
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import date, datetime

    from syncd.core.model import Issue


class SyncdError(Exception):
    """Root of the tree; `code` is the stable kebab-case name that scripts see as `error.code`."""

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


class UpstreamError(SyncdError):
    """What arXiv, or the way to it, did; `url` is what was asked."""

    code = "upstream"

    def __init__(self, detail: str = "", *, url: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.url = url
        self.status = status


class Unavailable(UpstreamError):
    """A passing failure that outlived its tries; nothing was kept."""

    code = "upstream-unavailable"


class CoolingDown(UpstreamError):
    """The host rests until `until` (UTC); raised before sending when the rest is still on."""

    code = "cooling-down"

    def __init__(self, detail: str = "", *, url: str, host: str, until: datetime, status: int | None = None) -> None:
        super().__init__(detail, url=url, status=status)
        self.host = host
        self.until = until


class HostBlocked(UpstreamError):
    """The host answered 403; nothing is sent anywhere until `syncd requests --release HOST`."""

    code = "stopped"

    def __init__(self, detail: str = "", *, url: str, host: str, since: datetime) -> None:
        super().__init__(detail, url=url, status=403)
        self.host = host
        self.since = since


class Unexpected(UpstreamError):
    """An answer that no rule covers: a status, a content type, a size or a redirect."""

    code = "unexpected-answer"


class PageError(SyncdError):
    """A received page that may not be believed; `day` is the listing date it was asked for, if any.

    `reason` is the kebab-case name of the guard that spoke, `response` the vault hash of the kept page (None until kept).
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
    """The page itself says that it does not hold all it counts."""

    code = "partial"


class LayoutUnknown(PageError):
    """The page is not built as any page this version knows; a person must look."""

    code = "layout-unknown"


class GuardRefused(PageError):
    """The page is well built and contradicts the day asked for, itself or what the archive knows."""

    code = "guard"


class OutOfReach(SyncdError):
    """Days that this source cannot give any more, or not yet; `days` in ascending order."""

    code = "out-of-reach"

    def __init__(self, detail: str, *, days: tuple[date, ...]) -> None:
        super().__init__(detail)
        self.days = days


class DigestError(SyncdError):
    """A digest file that was not taken; `path` names it."""

    code = "digest"

    def __init__(self, detail: str = "", *, path: str) -> None:
        super().__init__(detail)
        self.path = path


class FaultyDigest(DigestError):
    """The file breaks the format; `issues` say where."""

    code = "digest-faulty"

    def __init__(self, *, path: str, issues: tuple[Issue, ...]) -> None:
        super().__init__("", path=path)
        self.issues = issues


class OtherCategory(DigestError):
    """The file is of another category than the archive; `detail` names it."""

    code = "other-category"


class DayConflict(DigestError):
    """The day is held with other bytes; nothing was overwritten, and `kept` is the vault hash of the other bytes."""

    code = "conflict"

    def __init__(self, *, path: str, day: date, kept: str | None) -> None:
        super().__init__("", path=path)
        self.day = day
        self.kept = kept


class ArchiveError(SyncdError):
    """Trouble on this side; `path` is the folder, file or database URL (without password) concerned."""

    code = "archive"

    def __init__(self, detail: str = "", *, path: str) -> None:
        super().__init__(detail)
        self.path = path


class ArchiveMissing(ArchiveError):
    """There is no archive, database or digest where one is needed."""

    code = "archive-missing"


class ArchiveGuard(ArchiveError):
    """The folder and the database do not belong together, or one of them vanished; nothing was touched."""

    code = "archive-guard"


class FolderError(ArchiveError):
    """The disk refused to read or write."""

    code = "folder"


class DatabaseError(ArchiveError):
    """The database refused, cannot be reached, or was written by a newer syncd; `passing` where it may give in by itself."""

    code = "database"

    def __init__(self, detail: str = "", *, path: str, passing: bool = False) -> None:
        super().__init__(detail, path=path)
        self.passing = passing


class Locked(ArchiveError):
    """Another process holds the lock; `holder` says which, in words."""

    code = "locked"

    def __init__(self, detail: str = "", *, path: str, holder: str) -> None:
        super().__init__(detail, path=path)
        self.holder = holder
