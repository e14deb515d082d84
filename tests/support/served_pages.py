"""Pages as a test visits them, and texts that must not get out of their place on a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from syncd.core.model import PaperId

if TYPE_CHECKING:
    from httpx import Response
    from starlette.testclient import TestClient

    from syncd.serve.read_archive import ReadArchive
    from tests.support.small_archive import World

ODD = date(2026, 7, 14)
REVISED = PaperId("2607.20002")
HOSTILE = {
    PaperId("2607.20001"): (
        "&lt;script&gt;alert(1)&lt;/script&gt; &lt;3 \U0001f916",
        "A &lt; B &amp; C, see $\\text{&lt;script&gt;x&lt;/script&gt;}$.",
    ),
    REVISED: (
        "Depth of $O(n^2)$ maps",
        'The first text, with <a href="https://u.example/?a=1&amp;b=2">this https URL</a>.<br>End.',
    ),
    PaperId("2607.20003"): ("Images, in Hebrew: \u05ea\u05de\u05d5\u05e0\u05d5\u05ea", "It costs $5 and \\foo, or $\\foo{x}$."),
}  # fmt: skip
"""Canonical HTML, by paper: tags in words, formulas that are attacks, a revised text with a link, a text from right to left."""


@dataclass(frozen=True)
class Served:
    """The client of the pages, the world of their archive, and what reads it."""

    client: TestClient
    world: World
    archive: ReadArchive

    def get(self, path: str, **headers: str) -> Response:
        """Return the response of an address, without following where it leads."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response: Response = self.client.get(path, headers=named, follow_redirects=False)
        return response

    def text(self, path: str) -> str:
        """Return a page that must be there."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        return response.text


def read_words(page: str) -> str:
    """Return what a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
