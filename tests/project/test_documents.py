"""The documents name files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = (ROOT, ROOT / "syncd", ROOT / "syncd" / "usecases")
"""The folders from which the documents name a file."""


def list_named_files(document: str) -> list[str]:
    """Return the paths with a folder that stand in a document as code, without placeholders such as NAME."""
    text = (ROOT / document).read_text(encoding="utf-8")
    found = re.findall(r"`([a-z_]+(?:/[\w.-]+)*/(?:[\w-]+\.(?:py|toml|md|json|yml))?)`", text)
    return [path for path in found if "NAME" not in path]


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "docs/architecture.md",
        "docs/decisions.md",
        "docs/operations.md",
        "docs/export.md",
        "docs/search.md",
    ],
)
def test_every_file_that_a_document_names_exists(document: str) -> None:
    missing = [path for path in list_named_files(document) if not any((place / path).exists() for place in PLACES)]
    assert missing == []


def test_the_architecture_names_files() -> None:
    assert len(list_named_files("docs/architecture.md")) > 20
