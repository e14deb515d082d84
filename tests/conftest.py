"""Fixtures that more than one test module needs."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real payloads and seeds beside the project; the test is skipped where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip(f"needs the folder of real payloads beside the project: {folder.name}")
    return folder


@pytest.fixture(scope="session")
def seeds(shared: Path) -> list[bytes]:
    """The five real digests, oldest file name first."""
    return [path.read_bytes() for path in sorted((shared / "seeds").iterdir())]
