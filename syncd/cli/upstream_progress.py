"""A client that reports what is being asked, and lets a signal break it off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.values import dataclass
from syncd.usecases.progress import Progress

if TYPE_CHECKING:
    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.usecases.progress import RunControl
    from syncd.web import Response


@dataclass(frozen=True, slots=True)
class ReportingClient:
    """A client that reports each address it asks for, as an answer can take long, and so can the polite pause before it."""

    web: WebClient
    control: RunControl

    def get(self, url: str, *, expect: str) -> Response:
        """Return the response to one polite request."""
        self.control.check_cancelled()
        self.control.report(Progress("", detail=f"asking {url}"))
        self.control.asking.set()
        try:
            return self.web.get(url, expect=expect)
        finally:
            self.control.asking.clear()
