"""The feed of the mailings: the newest thirty, one entry each."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid5

from syncd.core.plural import pluralize

if TYPE_CHECKING:
    from uuid import UUID

    from syncd.core.model import Mailing
    from syncd.serve.document import Document
    from syncd.serve.visit import Visit

_SHOWN = 30


def show_feed(visit: Visit) -> Document:
    """Return the feed of the newest mailings."""
    newest = list_newest(visit, _SHOWN)
    entries = [
        {
            "id": name_entry(visit.archive, str(one.day)),
            "title": f"{visit.work.config.archive.category} of {one.day:%A}, {one.day}",
            "path": f"/{one.day}",
            "updated": one.recorded,
            "authors": (),
            "abstract": describe_counts(one),
        }
        for one in newest
    ]
    return visit.atom(
        id=name_entry(visit.archive, "mailings"),
        title="Mailings",
        subtitle="Each mailing when it is recorded",
        path="/",
        own="/feed.atom",
        updated=max((one.recorded for one in newest), default=visit.work.now()),
        entries=entries,
    )


def list_newest(visit: Visit, most: int) -> list[Mailing]:
    """Return the newest mailings held, newest first."""
    store = visit.work.store
    found: list[Mailing] = []
    day, _ = store.find_neighbours(type(visit.work.now().date()).max)
    while day is not None and len(found) < most:
        held = store.mailing(day)
        found += [held] if held is not None else []
        day, _ = store.find_neighbours(day)
    return found


def name_entry(archive: UUID, name: str) -> str:
    """Return the id of an entry, which is the same at every address of this archive, for ever."""
    return f"urn:uuid:{uuid5(archive, name)}"


def describe_counts(mailing: Mailing) -> str:
    """Return in words how many papers of which section a mailing has."""
    papers = pluralize(mailing.papers, "paper")
    if mailing.new is None or mailing.cross is None:
        return f"{papers}, sections not certain"
    return f"{papers}: {mailing.new:,} new, {mailing.cross:,} cross-listed"
