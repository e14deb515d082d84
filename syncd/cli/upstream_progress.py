"""A client that says on the terminal what is being asked and waited for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncd.cli.progress_line import ProgressLine
    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.web import Response


@dataclass(frozen=True, slots=True)
class ReportingClient:
    """A client that shows each address it asks for, as the polite pause between two requests can look like a hang."""

    web: WebClient
    progress: ProgressLine

    def get(self, url: str, *, expect: str) -> Response:
        """Return the response to one polite request."""
        self.progress.say(f"asking {url}")
        return self.web.get(url, expect=expect)
