"""The door to the network, with a word on the terminal about what is being asked and waited for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncd.cli.progress import ProgressLine
    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.web import Response


@dataclass(frozen=True, slots=True)
class ReportingClient:
    """A door that says what it is asked for, as the polite distance between two requests can look like standing still."""

    web: WebClient
    progress: ProgressLine

    def get(self, url: str, *, expect: str) -> Response:
        """The answer to one polite request."""
        self.progress.say(f"asking {url}")
        return self.web.get(url, expect=expect)
