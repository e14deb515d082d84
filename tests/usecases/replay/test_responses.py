"""What the raw responses in the vault contain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.usecases.ingest import sync
from tests.support.compared_archive import DAYS
from tests.support.recorded_archive import (
    delete_all_but_vault,
    delete_journal,
    read_files,
    replay_days,
)

if TYPE_CHECKING:
    from tests.support.small_archive import World


def test_the_parts_of_a_listing_are_joined(here: World) -> None:
    here.server.catchup_page = 2
    with here.open() as work:
        sync.sync(work, here.upstream, DAYS[2:4])
    before = read_files(here)
    delete_journal(here)
    delete_all_but_vault(here)
    replay_days(here)
    assert read_files(here) == before
