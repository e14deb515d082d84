"""Mailings recorded before the vault kept a journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.model import State
from tests.support.compared_archive import DAYS
from tests.support.recorded_archive import (
    delete_all_but_vault,
    delete_journal,
    read_files,
    replay_days,
)

if TYPE_CHECKING:
    from tests.support.small_archive import World


def test_a_vault_without_a_journal_gives_back_listed_and_adopted_mailings(mixed: World) -> None:
    before = read_files(mixed)
    delete_journal(mixed)
    delete_all_but_vault(mixed)
    replay_days(mixed)
    listed = {f"2026/{day}.md" for day in DAYS[4:]}
    assert read_files(mixed) == {path: data for path, data in before.items() if path in listed}
    with mixed.open() as work:
        assert [work.report(day).state for day in DAYS[4:6]] == [State.ADOPTED, State.COMPLETE]
