"""Open an archive: its folder, database, vault and calendar, once it is certain that they belong together.

Nothing of an existing archive changes. A new one is created only where there are no digests, no marker and no rows.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from syncd.archive.files import folder_tree, lock_holders, locks, marker, owner, vault
from syncd.archive.files.digest_folder import Folder
from syncd.archive.sql import database
from syncd.archive.sql.finding_store import FIRST, LAST
from syncd.archive.sql.identity import Identity
from syncd.archive.sql.store import Store
from syncd.config import mask_secrets
from syncd.core import coverage, mailing
from syncd.core.categories import is_same_category
from syncd.core.dates import ARXIV_BEGAN
from syncd.core.errors import ArchiveGuard, ArchiveMissing, ConfigError
from syncd.core.model import State
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from syncd.archive.files.vault import Vault
    from syncd.archive.sql.database import Database
    from syncd.config import Config
    from syncd.core.coverage import DayReport


class Access(Enum):
    """What a command may create where the archive is missing."""

    READ = "read"
    """Nothing: it must exist."""
    READ_ONLY = "read-only"
    """Nothing, and the database refuses every change, too."""
    EXAMINE = "examine"
    """Nothing. A damaged marker is among the things to be found, and no reason to refuse."""
    CREATE = "create"
    """A new one, where there is neither a marker, nor a digest, nor a row."""
    REBUILD = "rebuild"
    """Its rows, from a folder or a vault that outlived them."""

    @property
    def may_create(self) -> bool:
        """Whether something may be created at all."""
        return self in {Access.CREATE, Access.REBUILD}


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open archive. `steps` is called after every step between two writes.

    `now` is the calendar clock, which may be frozen: it says what is due. `wall` is the real clock (UTC): it says when
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
    steps: folder_tree.OnStep

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Exclude other writers for the three steps of a write. Raise Locked after 30 s, naming the holder.

        Raise ArchiveGuard when the folder was unmounted or replaced since the archive was opened.
        """
        owner.require(self.folder.root, os.geteuid(), _command())
        with locks.write_lock(self.folder.root, holder=_holder()):
            if marker.require(self.folder.root, self.archive).replica != UUID(self.store.replica):
                raise ArchiveGuard("the folder was exchanged for another replica", path=str(self.folder.root))
            yield

    def listed_calendar(self) -> mailing.Calendar:
        """Return arXiv's published calendar with the closings of the configuration, without what this archive has learnt."""
        return mailing.add_closings(mailing.calendar(), self.config.calendar.closings)

    def calendar(self, since: date = FIRST, until: date = LAST) -> mailing.Calendar:
        """Return arXiv's calendar, corrected by the mailings and closings that this archive has learnt of for these dates."""
        return self._correct_calendar(*self.store.list_learnt_days(since, until))

    def calendar_around(self, day: date) -> mailing.Calendar:
        """Return the calendar that is enough to find the mailings next to a date. It reads no older or later mailings."""
        return self.calendar(day - mailing.REACH, day + mailing.REACH)

    def possible_closings(self) -> Mapping[date, int]:
        """Return the recent dates that an unpublished closing may cancel. See `syncd.core.mailing.list_possible_closings`."""
        newest = coverage.newest_possible(self.now())
        return mailing.list_possible_closings(self.calendar(), newest - mailing.REACH, newest)

    def coverage_start(self) -> date:
        """Return the first date that has a state: the configured one, or that of the oldest mailing held when it is older.

        A row that is dated before arXiv began is left to the check: it would give a state to 700,000 dates.
        """
        since = self.config.archive.since
        return min((since, *self.store.mailings(ARXIV_BEGAN, since)))

    def report(self, day: date) -> DayReport:
        """Return the state of one date, and what it is known by."""
        (found,) = self.reports(day, day)
        return found

    def reports(self, since: date, until: date) -> tuple[DayReport, ...]:
        """Return the state of each of these dates, both included, ascending."""
        held, found = self.store.mailings(since, until), self.store.findings(since, until)
        empty = {day: finding.evidence for day, finding in found.items() if finding.state is State.NO_MAILING}
        days = mailing.days(self._correct_calendar(held, empty), since, until)
        return coverage.report_days(days, held, found, self.now())

    def _correct_calendar(self, held: Iterable[date], empty: Mapping[date, str]) -> mailing.Calendar:
        return mailing.remove_missing(mailing.add_missing(self.listed_calendar(), empty), held)

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def open_workspace(
    config: Config,
    now: Callable[[], datetime],
    access: Access,
    *,
    wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    steps: folder_tree.OnStep = folder_tree.ignore_step,
) -> Workspace:
    """Open the archive of this configuration.

    Raise ArchiveMissing when there is none and none may be created. Raise ArchiveGuard when its folder or its rows vanished,
    or belong to another archive: an unmounted disk looks like that.
    """
    root = config.archive.root
    found = None if access is Access.EXAMINE and marker.read_damaged(root) is not None else marker.read(root)

    def refuse_missing() -> None:
        if not access.may_create or (found and access is Access.CREATE):
            detail = "the folder belongs to an archive, its database is missing" if found else "no archive here yet"
            raise ArchiveMissing(
                detail, path=mask_secrets(config.database.url), remedy=_advise_on_rebuilding(config) if found else ""
            )
        _refuse_unknown_digests(config, access)

    opened = database.open_database(
        config.database.url,
        create=access.may_create,
        on_missing=refuse_missing,
        read_only=access is Access.READ_ONLY,
    )
    # From here on the database is open, and must be closed whatever happens.
    try:
        own_marker = _identify(config, opened, found, access, steps)
    except BaseException:
        opened.close()
        raise
    config = _take_held_name(config, opened)
    folder = Folder(root, config.archive.filename, steps, has_index=config.publish.index)
    store = Store(opened, str(own_marker.replica))
    kept = vault.open_vault(config.archive.vault)
    return Workspace(config, own_marker.archive, now, wall, folder, opened, store, kept, steps)


def _take_held_name(config: Config, opened: Database) -> Config:
    """Return the configuration with the name of the category that the archive's digests have, which may be an alias.

    A digest never changes its heading. arXiv is asked for the canonical name all the same.
    """
    identity = Store(opened, "").identity()
    held = identity.category if identity else config.archive.category
    return (
        config if held == config.archive.category else replace(config, archive=replace(config.archive, category=held))
    )


def _advise_on_rebuilding(config: Config) -> str:
    """Return what brings back the rows of a folder that belongs to an archive."""
    adopt = f"syncd adopt {config.archive.root}"
    if config.archive.vault is None:
        return f"restore the database from a backup, or register the files: {adopt}"
    rebuild = "restore the database from a backup, or rebuild it from the vault: syncd replay"
    return f"{rebuild}; files that the vault cannot give: {adopt}"


def _identify(
    config: Config, opened: Database, found: marker.Marker | None, access: Access, steps: folder_tree.OnStep
) -> marker.Marker:
    """Return the folder's marker once folder and rows are known to belong together, or were created together."""
    identity = Store(opened, "").identity()
    if identity is None:
        _refuse_unless_new(config, found, access)
        return _create(config, opened, found, steps)
    if not is_same_category(identity.category, config.archive.category):
        detail = f"the archive holds {identity.category:.40}, the configuration says {config.archive.category}"
        raise ConfigError(detail, key="archive.category")
    if found is None and _is_untouched(opened):  # a killed run came no further than the first row
        _refuse_unless_new(config, found, access)
        return _create(config, opened, found, steps)
    if access is Access.EXAMINE and marker.read_damaged(config.archive.root) is not None:
        replica = find_replica(config, opened)
        if replica is not None:
            return marker.Marker(UUID(identity.uuid), replica)
    return marker.require(config.archive.root, UUID(identity.uuid))


def find_replica(config: Config, opened: Database) -> UUID | None:
    """Return which of the archive's folders this one is by host and path. The database file of one folder needs neither."""
    folders = Store(opened, "").list_folders()
    if opened.file is not None and len(folders) == 1:
        return UUID(folders[0].replica)
    # `socket` has the same name, and takes a tenth of a start of Python to import. So it is everywhere.
    here = (os.uname().nodename, str(config.archive.root))
    return next((UUID(one.replica) for one in folders if (one.host, one.root) == here), None)


def _is_untouched(opened: Database) -> bool:
    counts = Store(opened, "").counts()
    return counts.mailings == counts.findings == counts.papers == 0


def _refuse_unless_new(config: Config, found: marker.Marker | None, access: Access) -> None:
    if access is Access.REBUILD:
        return
    if found is not None or not access.may_create:
        remedy = _advise_on_rebuilding(config) if found is not None else ""
        raise ArchiveMissing("the database holds no archive", path=str(config.archive.root), remedy=remedy)
    _refuse_unknown_digests(config, access)


def _refuse_unknown_digests(config: Config, access: Access) -> None:
    """Raise ArchiveGuard when the folder of a new archive holds digests already: adopt them, so that none is overwritten."""
    root = config.archive.root
    if access is Access.CREATE and root.is_dir() and any(Folder(root, config.archive.filename).days()):
        raise ArchiveGuard(
            f"the folder holds digests that no database knows; to register them, run: syncd adopt {root}",
            path=str(root),
        )


def _create(config: Config, opened: Database, found: marker.Marker | None, steps: folder_tree.OnStep) -> marker.Marker:
    """Create what is missing of rows and marker. Killed after any step, a later run continues from there."""
    root = config.archive.root
    with folder_tree.translate_errors(root):
        folder_tree.create_folder(root)
    with locks.write_lock(root, holder=_holder()):
        found, identity = marker.read(root) or found, Store(opened, "").identity()
        uuid = UUID(identity.uuid) if identity else (found.archive if found else uuid4())
        # A run that was killed before the marker has registered this folder already.
        made = marker.require(root, uuid) if found else marker.Marker(uuid, find_replica(config, opened) or uuid4())
        # The folder first, then the archive, then the marker: what the later ones name must be there already.
        store, now = Store(opened, str(made.replica)), datetime.now(UTC)
        store.put_replica(os.uname().nodename, str(root), now)
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
    return lock_holders.describe_holder(lock_holders.describe_command(sys.argv), datetime.now(UTC))


def today(work: Workspace) -> date:
    """Return the date in New York by the calendar clock: the newest for which arXiv gives a catchup page."""
    return work.now().astimezone(mailing.NEW_YORK).date()
