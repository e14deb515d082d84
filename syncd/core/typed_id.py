"""The id of a paper as people type or paste it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syncd.core.model import versioned_id

if TYPE_CHECKING:
    from syncd.core.model import PaperId

_TYPED = re.compile(
    r"(?:arxiv:\s*|(?:https?://)?(?:[a-z]+\.)?arxiv\.org/(?:abs|pdf|html)/)?([^\s?#]+?)(?:\.pdf)?/?(?:[?#]\S*)?",
    re.IGNORECASE,
)


def parse_typed_id(text: str) -> tuple[PaperId, int | None]:
    """Return the id and the version (None where none is named) of `text`. ValueError where it is nothing of this kind.

    Beside a plain id it may be `arXiv:2104.02703v2`, in any case, or the address of an abstract, a PDF or an HTML page, with
    blanks around it.
    """
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"not an arXiv id: {text[:40]!r}")
    return versioned_id(found[1])
