"""Give the first versions of papers, which the API sends without line ends, the paragraphs that other texts of them have kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core.paragraphs import restore_paragraphs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncd.core.model import Paper, PaperId
    from syncd.usecases.workspace import Workspace


def restore_first_versions(
    work: Workspace, first: Mapping[PaperId, Paper], newest: Mapping[PaperId, Paper]
) -> dict[PaperId, Paper]:
    """Return the first versions with their paragraphs, as far as the newest text of a paper and its held mailings show them.

    The newest text must come from a source that keeps line ends, as all but the API do.
    """
    held = work.store.list_announced_abstracts(first) if first else {}
    found = {}
    for one, text in first.items():
        others = held.get(one, [])
        if one in newest:
            others = [*others, newest[one].abstract or ""]
        restored = restore_paragraphs(text.abstract or "", others)
        found[one] = replace(text, abstract=restored.text, paragraphs=restored.paragraphs)
    return found
