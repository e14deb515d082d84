"""What is wrong with the marker of the folder, so that a damaged one does not hide all else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.archive.files import marker
from syncd.usecases.inspect.day_problems import make_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.core.results import Problem
    from syncd.usecases.workspace import Workspace


def find_damaged_marker(work: Workspace) -> Iterator[Problem]:
    """Yield the damage of the marker. A missing one, or that of another archive, is not opened at all."""
    if marker.read_damaged(work.folder.root) is not None:
        yield make_problem("marker-damaged", None, marker.NAME)
