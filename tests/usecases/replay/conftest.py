from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.compared_archive import LAST
from tests.support.recorded_archive import copy_filled_in_every_way
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "here", noon(LAST)) as made:
        yield made


@pytest.fixture
def mixed(here: World) -> World:
    """Four mailings inferred from metadata, one adopted with a short tail, one adopted and then listed, three listed."""
    copy_filled_in_every_way(here.folder)
    return here
