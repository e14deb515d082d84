"""What is refused before anything is looked at: addresses that are too long, odd hosts. And the base path is taken off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from syncd.serve.document import SAFETY

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_LONGEST_PATH, _LONGEST_QUERY = 200, 2_000
_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")


class RequestLimits:
    """Stands before the application."""

    def __init__(self, application: ASGIApp, base: str) -> None:
        self.application = application
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        refused = self._refuse(scope)
        if refused is not None:
            await PlainTextResponse(f"{refused[1]}\n", refused[0], headers=SAFETY)(scope, receive, send)
            return
        path = scope["path"]
        # A proxy may leave the base path or take it off: both are understood.
        if self._base and (path == self._base or path.startswith(f"{self._base}/")):
            scope = {**scope, "path": path.removeprefix(self._base) or "/"}
        await self.application(scope, receive, send)

    def _refuse(self, scope: Scope) -> tuple[int, str] | None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) > 1 or not all(map(_HOST.fullmatch, hosts)):
            return 400, "the Host header names no host"
        if len(scope["path"]) > _LONGEST_PATH or len(scope["query_string"]) > _LONGEST_QUERY:
            return 414, "the address is too long"
        return None
