"""The documents name files that exist, and their links lead to pages and headings that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = (ROOT, ROOT / "syncd", ROOT / "syncd" / "usecases")
"""The folders from which the documents name a file."""
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
IDS = [str(path.relative_to(ROOT)) for path in DOCUMENTS]


def list_named_files(document: Path) -> list[str]:
    """Return the paths with a folder that stand in a document as code, without placeholders such as NAME."""
    text = document.read_text(encoding="utf-8")
    found = re.findall(r"`([a-z_]+(?:/[\w.-]+)*/(?:[\w-]+\.(?:py|toml|md|json|yml))?)`", text)
    return [path for path in found if "NAME" not in path]


def list_links(document: Path) -> list[str]:
    """Return the targets of a document's links and pictures that are no addresses, code left out."""
    text = re.sub(
        r"^```.*?^```|^    .*?$|`[^`\n]*`", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]


def list_anchors(document: Path) -> set[str]:
    """Return the anchors that code hosts make of a document's headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    missing = [path for path in list_named_files(document) if not any((place / path).exists() for place in PLACES)]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    for link in list_links(document):
        page, _, anchor = link.partition("#")
        target = document.parent / page if page else document
        assert target.exists(), link
        assert not anchor or anchor in list_anchors(target), link


def test_the_architecture_names_files() -> None:
    assert len(list_named_files(ROOT / "docs" / "explanation" / "architecture.md")) > 20


def test_every_page_has_a_place_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {str(path.relative_to(ROOT / "docs").with_suffix("")) for path in (ROOT / "docs").rglob("*.md")}
    assert pages - {"index"} == set(re.findall(r"^[\w-]+(?:/[\w-]+)?$", index, re.MULTILINE)) - {"syncd"}
