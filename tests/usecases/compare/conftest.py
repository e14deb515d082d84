from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.compared_archive import open_synced_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.small_archive import World


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with open_synced_world(tmp_path) as made:
        yield made
