"""Which dates a comparison looks at, and with which source."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.usecases.compare import select
from tests.support.sound_archive import DAY, DAYS, LISTED, Held, copied, invented

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def test_a_range_restricts_what_is_compared(held: Held) -> None:
    extra = date(2021, 4, 9)
    held.file(extra).write_bytes(digests.render(invented(extra)))
    with held.open() as work:
        assert select.list_all_held_days(work) == [*DAYS, extra]
        assert select.list_held_days(work, (), DAY, LISTED) == [DAY, LISTED]
        assert select.list_held_days(work, [LISTED, DAY, DAY], None, DAY) == [DAY, LISTED]
