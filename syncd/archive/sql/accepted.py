"""Statements about differences that a person has accepted. No transaction begins or ends here."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select

from syncd.archive.sql.service_tables import ACCEPTED
from syncd.archive.sql.statements import SINCE, UNTIL, upsert
from syncd.core.model import Change, PaperId
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy import Connection

_COLUMNS = (
    ACCEPTED.c.day,
    ACCEPTED.c.code,
    ACCEPTED.c.paper_id,
    ACCEPTED.c.field,
    ACCEPTED.c.ours,
    ACCEPTED.c.theirs,
    ACCEPTED.c.note,
    ACCEPTED.c.recorded,
)
_ACCEPTED = select(*_COLUMNS).where(ACCEPTED.c.day.between(SINCE, UNTIL)).order_by(ACCEPTED.c.day)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A difference that a person has accepted: `note` says why, `recorded` is UTC."""

    change: Change
    note: str
    recorded: datetime


def put(connection: Connection, acceptances: Iterable[Acceptance]) -> None:
    """Record these differences as accepted. A newer note replaces an older one."""
    values = [_to_row(one) for one in acceptances]
    if values:
        connection.execute(upsert(connection, ACCEPTED), values)


def list_accepted(connection: Connection, since: date, until: date) -> dict[Change, Acceptance]:
    """Return the differences accepted in the range. The keys have no `detail`, as words are no part of a difference."""
    found = {}
    rows = connection.execute(_ACCEPTED, {"since": since, "until": until})
    for day, code, paper, field, ours, theirs, note, recorded in rows:
        change = Change(day, code, PaperId(paper) if paper else None, field, ours, theirs)
        found[change] = Acceptance(change, note, recorded)
    return found


def _to_row(acceptance: Acceptance) -> dict[str, object]:
    change = acceptance.change
    return {
        "fingerprint": _hash_change(change),
        "day": change.day,
        "code": change.code,
        "paper_id": change.id,
        "field": change.field,
        "ours": change.ours,
        "theirs": change.theirs,
        "note": acceptance.note,
        "recorded": acceptance.recorded,
    }


def _hash_change(change: Change) -> str:
    facts = [change.day.isoformat(), change.code, change.id, change.field, change.ours, change.theirs]
    return sha256(json.dumps(facts).encode()).hexdigest()
