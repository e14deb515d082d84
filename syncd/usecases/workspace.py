"""An archive opened for work: its folder, database, vault and calendar, once it is certain that they belong together.

It changes nothing of an archive that exists; a new one is made only where there is neither folder, marker nor rows.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from syncd.archive.files import atomic, locks, marker, owner, vault
from syncd.archive.files.digest_folder import Folder
from syncd.archive.sql import database
from syncd.archive.sql.store import FIRST, LAST, Identity, Store
from syncd.config import mask_secrets
from syncd.core import coverage, mailing
from syncd.core.errors import ArchiveGuard, ArchiveMissing, ConfigError
from syncd.core.model import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from syncd.archive.files.vault import Vault
    from syncd.archive.sql.database import Database
    from syncd.config import Config
    from syncd.core.coverage import DayReport


class Access(Enum):
    """What a command may make of an archive that is not there."""

    READ = "read"
    """Nothing: it must exist."""
    CREATE = "create"
    """A new one, where there is neither a marker, nor a digest, nor a row."""
    REBUILD = "rebuild"
    """Its rows, from a folder or a vault that outlived them."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open archive; `steps` is told of every step between two writes.

    `now` is the calendar clock, which may be frozen: it says what is due. `wall` is the real one (UTC): it says when
    something was recorded.
    """

    config: Config
    archive: UUID
    now: Callable[[], datetime]
    wall: Callable[[], datetime]
    folder: Folder
    database: Database
    store: Store
    vault: Vault
    steps: atomic.OnStep

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Exclude other writers for one day's three steps; Locked after 30 s, naming the holder.

        ArchiveGuard when the folder was unmounted or exchanged since the archive was opened.
        """
        owner.require(self.folder.root, os.geteuid(), _command())
        with locks.write_lock(self.folder.root, holder=_holder()):
            if marker.require(self.folder.root, self.archive).replica != UUID(self.store.replica):
                raise ArchiveGuard("the folder was exchanged for another replica", path=str(self.folder.root))
            yield

    def calendar(self, since: date = FIRST, until: date = LAST) -> mailing.Calendar:
        """ArXiv's calendar with what this archive has learnt of these dates, either way."""
        findings = self.store.findings(since, until)
        learnt = {day: found.evidence for day, found in findings.items() if found.state is State.NO_MAILING}
        table = mailing.add_missing(mailing.calendar(), learnt)
        return mailing.remove_missing(table, self.store.mailings(since, until))

    def coverage_start(self) -> date:
        """Where the ledger starts: at the configured date, or with the oldest mailing held when that is older."""
        return min((self.config.archive.since, *self.store.mailings(FIRST, self.config.archive.since)))

    def report(self, day: date) -> DayReport:
        """The ledger's line of one date."""
        (found,) = self.reports(day, day)
        return found

    def reports(self, since: date, until: date) -> tuple[DayReport, ...]:
        """The ledger of these dates, both included, ascending."""
        days = mailing.days(self.calendar(since, until), since, until)
        held, found = self.store.mailings(since, until), self.store.findings(since, until)
        return coverage.report_days(days, held, found, self.now())

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()


def open_workspace(
    config: Config,
    now: Callable[[], datetime],
    access: Access,
    *,
    wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    steps: atomic.OnStep = atomic.ignore_step,
) -> Workspace:
    """The archive of this configuration.

    ArchiveMissing when there is none and none may be made; ArchiveGuard when its folder or its rows vanished, or belong to
    another archive: an unmounted disk looks like that.
    """
    root = config.archive.root
    found = marker.read(root)
    if access is not Access.REBUILD and not database.exists(config.database.url):
        if found or access is Access.READ:
            raise ArchiveMissing(_nothing(found), path=mask_secrets(config.database.url))
        _refuse_strangers(config, access)
    opened = database.open_database(config.database.url, create=access is not Access.READ)
    try:
        belongs = _identified(config, opened, found, access, steps)
    except BaseException:
        opened.close()
        raise
    folder = Folder(root, config.archive.filename, on_step=steps)
    store = Store(opened, str(belongs.replica))
    kept = vault.open_vault(config.archive.vault)
    return Workspace(config, belongs.archive, now, wall, folder, opened, store, kept, steps)


def _nothing(found: marker.Marker | None) -> str:
    if found is None:
        return "no archive here yet"
    return "the folder belongs to an archive, its database is missing; restore it, or register the files: syncd adopt"


def _identified(
    config: Config, opened: Database, found: marker.Marker | None, access: Access, steps: atomic.OnStep
) -> marker.Marker:
    """The folder's marker, after folder and rows were found to belong together, or were made to."""
    identity = Store(opened, "").identity()
    if identity is None:
        _refuse_unless_new(config, found, access)
        return _created(config, opened, found, steps)
    if identity.category != config.archive.category:
        detail = f"the archive holds {identity.category}, the configuration says {config.archive.category}"
        raise ConfigError(detail, key="archive.category")
    if found is None and _is_untouched(opened):  # a killed run came no further than the first row
        _refuse_unless_new(config, found, access)
        return _created(config, opened, found, steps)
    return marker.require(config.archive.root, UUID(identity.uuid))


def _is_untouched(opened: Database) -> bool:
    counts = Store(opened, "").counts()
    return counts.mailings == counts.findings == counts.papers == 0


def _refuse_unless_new(config: Config, found: marker.Marker | None, access: Access) -> None:
    if access is Access.REBUILD:
        return
    if found is not None or access is Access.READ:
        detail = "the database holds no archive; register the files: syncd adopt"
        raise ArchiveMissing(detail, path=str(config.archive.root))
    _refuse_strangers(config, access)


def _refuse_strangers(config: Config, access: Access) -> None:
    """ArchiveGuard when the folder of a new archive holds digests already: they are to be adopted, not overwritten."""
    root = config.archive.root
    if access is Access.CREATE and root.is_dir() and any(Folder(root, config.archive.filename).days()):
        raise ArchiveGuard(f"digests that no database knows; register them: syncd adopt {root}", path=str(root))


def _created(config: Config, opened: Database, found: marker.Marker | None, steps: atomic.OnStep) -> marker.Marker:
    """Make rows and marker agree; every step is one that a later run finds and goes on from."""
    root = config.archive.root
    with atomic.translate_errors(root):
        atomic.create_folder(root)
    with locks.write_lock(root, holder=_holder()):
        found, identity = marker.read(root) or found, Store(opened, "").identity()
        uuid = UUID(identity.uuid) if identity else (found.archive if found else uuid4())
        made = marker.require(root, uuid) if found else marker.Marker(uuid, uuid4())
        # The folder first, then the archive, then the marker: what the later ones name must be there already.
        store, now = Store(opened, str(made.replica)), datetime.now(UTC)
        store.put_replica(socket.gethostname(), str(root), now)
        steps("replica")
        if identity is None:
            store.create_identity(Identity(str(uuid), config.archive.category, now))
        steps("identity")
        if found is None:
            marker.create(root, made, on_step=steps)
    return made


def _command() -> list[str]:
    return [os.path.basename(sys.argv[0]), *sys.argv[1:]]  # noqa: PTH119  a name, not a path


def _holder() -> str:
    return locks.describe_holder(" ".join(_command())[:80], datetime.now(UTC))


def today(work: Workspace) -> date:
    """The date in New York by the calendar clock: the newest that a catchup page is given for."""
    return work.now().astimezone(mailing.NEW_YORK).date()
