"""Archives of the small history that were synced: made once in each test process, and copied for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.usecases.ingest import sync
from tests.support.made_once import copy_made
from tests.support.small_archive import world

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from pathlib import Path


def copy_synced(folder: Path, now: datetime, days: Sequence[date] = ()) -> None:
    """Write the files of an archive that was synced at this moment: these dates, or all that are due. No configuration."""
    copy_made(_sync, folder, now, tuple(days))


def _sync(folder: Path, now: datetime, days: Sequence[date]) -> None:
    with world(folder, now) as made, made.open() as work:
        sync.sync(work, made.upstream, days)
    (folder / "config.toml").unlink()  # it names this folder and this server
