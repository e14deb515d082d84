"""Accepted differences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.archive.sql.accepted import Acceptance
from syncd.archive.sql.service_tables import ACCEPTED
from syncd.core.model import Change, PaperId
from tests.support.stored_mailings import NOW, THURSDAY, WEDNESDAY

if TYPE_CHECKING:
    from syncd.archive.sql.store import Store

pytest_plugins = ("tests.support.postgres_server",)


def test_an_accepted_difference_is_known_again_whatever_its_detail(store: Store) -> None:
    change = Change(WEDNESDAY, "title-changed", PaperId("2104.00101"), "title", "ours", "theirs")
    store.accept(Acceptance(change, "typo upstream", NOW), Acceptance(Change(THURSDAY, "order-only"), "", NOW))
    store.accept(Acceptance(replace(change, detail="more words"), "typo, confirmed", NOW))
    known = store.list_accepted(WEDNESDAY, WEDNESDAY)
    assert [one.note for one in known.values()] == ["typo, confirmed"]
    assert change in known
    with store.database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(ACCEPTED)) == 2
    assert replace(change, theirs="theirs, again changed") not in known
