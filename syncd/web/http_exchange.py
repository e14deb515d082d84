"""One request and its answer over httpx, within limits of time and size; whether it may be sent is decided before.

No client of httpx stands between: no cookies are kept, no redirect is followed, no environment is read, and the
connection ends with the answer.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

import httpx

from syncd import __version__
from syncd.core.errors import ConfigError, Unavailable, Unexpected
from syncd.web.body import CODINGS, Damaged, decoded, excerpt
from syncd.web.retry_after import read_retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta
    from types import TracebackType

    from syncd.web.settings import ClientSettings

ACCEPTED = {
    "html": ("text/html",),
    "xml": ("application/xml", "text/xml", "application/rss+xml", "application/atom+xml"),
}
_CONNECT = 10.0
_WHOLE = 4
_EXCERPT = 1 << 16


@dataclass(frozen=True, slots=True)
class Response:
    """An accepted answer: `url` is where it came from after redirects, `body` is decompressed, `received` is UTC.

    `headers` are in the order they came, their names in lower case.
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    received: datetime


def open_transport(settings: ClientSettings) -> httpx.HTTPTransport:
    """The way out: no kept connections, no environment; ConfigError when the proxy cannot be used."""
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=0)
    try:
        return httpx.HTTPTransport(trust_env=False, limits=limits, proxy=settings.proxy or None)
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise ConfigError(str(error), key="upstream.proxy") from error


def user_agent(contact: str) -> str:
    """How syncd names itself: `syncd/1.2.3 (+contact)`; what a header cannot carry is left out of the contact."""
    shown = "".join(letter for letter in contact if " " <= letter <= "~" and letter not in "()").strip()
    return f"syncd/{__version__} (+{shown})" if shown else f"syncd/{__version__}"


@dataclass(frozen=True, slots=True)
class ExchangeContext:
    """What all exchanges of a door share; `monotonic` counts seconds."""

    transport: httpx.BaseTransport
    settings: ClientSettings
    monotonic: Callable[[], float]


class Exchange:
    """One request: entering sends it and receives the head of its answer, leaving ends the connection.

    `status` and `size` (bytes of the body as they came) may be read at any moment, also after a failure. Whatever happens to
    the connection is Unavailable; an answer that is too large, or not of the kind asked for, Unexpected.
    """

    def __init__(self, way: ExchangeContext, url: httpx.URL, expect: str) -> None:
        self.url = str(url)
        self.status: int | None = None
        self.size = 0
        self.headers = httpx.Headers()
        self._way = way
        self._expect = expect
        self._request = httpx.Request("GET", url, headers=_headers(way.settings, expect))

    def __enter__(self) -> Self:
        timeout = self._way.settings.timeout.total_seconds()
        self._deadline = self._way.monotonic() + _WHOLE * timeout
        self._request.extensions["timeout"] = httpx.Timeout(timeout, connect=min(_CONNECT, timeout)).as_dict()
        with self._failures():
            self._response = self._way.transport.handle_request(self._request)
        self.status, self.headers = self._response.status_code, self._response.headers
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(httpx.TransportError):
            self._response.close()

    def rest(self, received: datetime) -> timedelta | None:
        """How long the answer asks to be left alone; None when it does not say so readably."""
        return read_retry_after(self.headers.get_list("retry-after"), self.headers.get("date"), received)

    def response(self, now: Callable[[], datetime]) -> Response:
        """The whole answer, its kind and length checked."""
        self._check_kind()
        body = self._body()
        return Response(self.url, self._response.status_code, self._fields(), body, now())

    def head(self, received: datetime) -> Response:
        """The answer without its body."""
        return Response(self.url, self._response.status_code, self._fields(), b"", received)

    def excerpt(self) -> str:
        """In a line, what an answer that is not accepted says for itself; it is read no further than that takes."""
        read = bytearray()
        with suppress(Unavailable, Unexpected, Damaged):
            for piece in self._pieces():
                read += piece
                if len(read) >= _EXCERPT:
                    break
        return excerpt(bytes(read[:_EXCERPT])) or _phrase(self._response.status_code)

    def _fields(self) -> tuple[tuple[str, str], ...]:
        return tuple(self.headers.multi_items())

    def _check_kind(self) -> None:
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ACCEPTED[self._expect]:
            raise self._unexpected(f"sent as {kind[:80] or 'nothing in particular'}, not as {self._expect}")

    def _body(self) -> bytes:
        limit = self._way.settings.max_body
        stated = self.headers.get("content-length", "")
        if stated.isdecimal() and int(stated) > limit:
            raise self._unexpected(f"larger than {limit} bytes")
        body = bytearray()
        try:
            for piece in self._pieces():
                body += piece
                if len(body) > limit:
                    raise self._unexpected(f"larger than {limit} bytes after decompression")
        except Damaged as error:
            raise self._unavailable(f"truncated or damaged: {error}") from error
        if stated.isdecimal() and self.size < int(stated):
            raise self._unavailable(f"truncated: {self.size} of {stated} bytes")
        return bytes(body)

    def _pieces(self) -> Iterator[bytes]:
        coding = self.headers.get("content-encoding", "identity").strip().lower()
        if coding not in CODINGS:
            raise self._unexpected(f"encoded as {coding[:80]}")
        return decoded(self._chunks(), coding)

    def _chunks(self) -> Iterator[bytes]:
        """The body as it comes, within the time; the stream is read below httpx's own decoders, which know no limit."""
        stream = self._response.stream
        if not isinstance(stream, httpx.SyncByteStream):
            raise TypeError("the transport is not a synchronous one")
        with self._failures():
            for chunk in stream:
                self.size += len(chunk)
                yield chunk
                if self._way.monotonic() > self._deadline:
                    raise self._unavailable("the answer took too long")

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol):
            raise  # ours
        except httpx.TransportError as error:
            raise self._unavailable(f"{_words(error)}{f': {error}' if str(error) else ''}") from error

    def _unavailable(self, detail: str) -> Unavailable:
        return Unavailable(detail, url=self.url, status=self.status)

    def _unexpected(self, detail: str) -> Unexpected:
        return Unexpected(detail, url=self.url, status=self.status)


def _headers(settings: ClientSettings, expect: str) -> dict[str, str]:
    return {
        "User-Agent": user_agent(settings.contact),
        "Accept": ", ".join(ACCEPTED[expect]),
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",
    }


def _words(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "timed out while connecting" if isinstance(error, httpx.ConnectTimeout) else "timed out"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    return "the connection broke"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"status {status}"
