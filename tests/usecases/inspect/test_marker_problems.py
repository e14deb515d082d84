"""A damaged marker is one of the problems that a check finds, and hides none of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncd.archive.files import marker
from syncd.core.errors import MarkerLost
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.workspace import Access
from tests.support.sound_archive import Held, copied

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


@pytest.mark.parametrize(
    "content", [b"", b'{"format": 1, "archi', b"[" * 100_000, b'{"format": 1e400, "archive": null}']
)
def test_a_damaged_marker_is_found_with_everything_else(held: Held, content: bytes) -> None:
    (held.root / marker.NAME).write_bytes(content)
    with pytest.raises(MarkerLost), held.open():
        pass
    with held.open(Access.EXAMINE) as work:
        checked, mailings = check(work, Scope(full=True)), len(work.store.mailings())
    (found,) = [one for one in checked.problems if one.code == "marker-damaged"]
    assert (found.path, found.repair) == (marker.NAME, "syncd repair --rebuild")
    assert checked.read == mailings
