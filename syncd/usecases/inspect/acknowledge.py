"""Record that a person has seen a trouble: it is no alarm any more, until it changes or ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.archive.sql.acknowledged import SHARED
from syncd.archive.sql.daemon_state import SharedState
from syncd.core.troubles import Acknowledgement
from syncd.usecases.inspect.status import status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.core.troubles import Trouble
    from syncd.usecases.workspace import Workspace


def list_open(work: Workspace) -> tuple[Trouble, ...]:
    """Return all open troubles of the archive and of this host, those that a person has seen included."""
    return status(work).troubles


def choose(found: Sequence[Trouble], code: str, subject: str | None) -> tuple[Trouble, ...]:
    """Return the troubles with this code, or the one with this subject as well."""
    return tuple(one for one in found if one.code == code and subject in {None, one.subject})


def acknowledge(work: Workspace, chosen: Sequence[Trouble], person: str, note: str) -> tuple[Trouble, ...]:
    """Record that `person` has seen these, and return them with that. Idempotent: a newer note replaces an older one."""
    shared, moment = SharedState(work.database), work.wall()
    for replica, is_own in ((SHARED, False), (work.store.replica, True)):
        said = [
            Acknowledgement(one.code, one.subject, one.message, one.count, person, note, moment)
            for one in chosen
            if one.is_of_host is is_own
        ]
        if said:
            shared.acknowledge(replica, said)
    keys = {one.key for one in chosen}
    return tuple(one for one in list_open(work) if one.key in keys)
