"""What the loopback arXiv answers to one request, and how the bytes are sent.

It must not know of history, pages or sockets. A reply is a value that a fault may change before it is sent.
"""

from __future__ import annotations

from syncd.core.values import dataclass

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
OAI = "text/xml; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    `missing` bytes are promised by Content-Length and never sent. `reset_at` is the number of body bytes after which the
    connection is reset, None for never. The body is sent in pieces of `piece` bytes, `pause` seconds apart. 0 sends it whole.
    """

    body: bytes
    status: int = 200
    kind: str = HTML
    headers: tuple[tuple[str, str], ...] = ()
    missing: int = 0
    reset_at: int | None = None
    piece: int = 0
    pause: float = 0.0


def html(text: str, status: int = 200, *headers: tuple[str, str]) -> Reply:
    """Return a page."""
    return Reply(text.encode(), status, HTML, headers)


def plain(text: str, status: int = 200, *headers: tuple[str, str]) -> Reply:
    """Return a short plain text instead of a page."""
    return Reply(text.encode(), status, TEXT, headers)
