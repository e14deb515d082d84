"""Provide archives with every mailing, to be published."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from syncd.usecases.ingest import sync
from tests.support.git_checkouts import LAST, Host, git, root_of
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an archive that has every mailing, to be copied."""
    folder = tmp_path_factory.mktemp("synced") / "here"
    with world(folder, noon(LAST)) as made, made.open() as work:
        sync.sync(work, made.upstream)
    return folder


@pytest.fixture
def host(synced: Path) -> Iterator[Host]:
    with ExitStack() as stack:

        def make(folder: Path, **overrides: str) -> World:
            shutil.copytree(synced, folder)
            made = stack.enter_context(world(folder, noon(LAST)))
            made.overrides = {"publish.git": "true", **overrides}
            return made

        yield make


@pytest.fixture
def here(host: Host, tmp_path: Path) -> World:
    made = host(tmp_path / "here")
    git(root_of(made), "init", "-q")
    return made
