"""One request and its response over httpx, within limits of time and size.

It must not decide whether a request may be sent. No client of httpx is used: no cookies are kept, no redirect is
followed, no proxy of the environment is used, and the connection ends with the response.
"""

from __future__ import annotations

import ssl
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

import certifi
import httpx

from syncd import __version__
from syncd.core.errors import CertificateRefused, ConfigError, Unavailable, Unexpected
from syncd.core.values import dataclass
from syncd.web.body import CODINGS, DamagedBodyError, decompress, find_excerpt
from syncd.web.bounded_transport import BoundedTransport
from syncd.web.deadline import Deadline
from syncd.web.retry_after import read_retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta
    from types import TracebackType

    from syncd.web.deadline import StartTimer
    from syncd.web.settings import ClientSettings

CONTENT_TYPES = {
    "html": ("text/html",),
    "xml": ("application/xml", "text/xml", "application/rss+xml", "application/atom+xml"),
}
_CONNECT_TIMEOUT = 10.0
# A response may take this many timeouts in all, so that one that drips byte by byte comes to an end.
_TIMEOUTS_PER_RESPONSE = 4
_MOST_WRAPPINGS = 6
_TOO_LONG = "the response took too long"
_TOO_LARGE = "where a page may be so large, raise upstream.max_body"
_EXCERPT_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Response:
    """An accepted response: `url` is where it came from after redirects, `body` is decompressed, `received` is UTC.

    `headers` are in the order they came, their names in lower case.
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    received: datetime


def open_transport(settings: ClientSettings) -> BoundedTransport:
    """Return a transport that keeps no connections. Of the environment it reads SSL_CERT_FILE and SSL_CERT_DIR alone.

    Raise ConfigError when the proxy or the file of certificates cannot be used.
    """
    try:
        return BoundedTransport(verify=_load_certificates(settings), proxy=settings.proxy or None)
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise ConfigError(str(error), key="upstream.proxy") from error


def _load_certificates(settings: ClientSettings) -> ssl.SSLContext:
    """Return what is trusted: the certificates of the system, those of certifi, and the user's own."""
    # OpenSSL reads those of the system from SSL_CERT_FILE and SSL_CERT_DIR where these are set.
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    if settings.ca_file:
        try:
            context.load_verify_locations(cafile=settings.ca_file)
        except OSError as error:  # ssl.SSLError is one too
            cause = error.strerror or "it holds no certificate"
            raise ConfigError(f"{settings.ca_file} cannot be used: {cause}", key="upstream.ca_file") from error
    return context


def format_user_agent(contact: str) -> str:
    """Return the name of syncd in a request: `syncd/1.2.3 (+contact)`, without the characters a header cannot carry."""
    printable = "".join(letter for letter in contact if " " <= letter <= "~" and letter not in "()").strip()
    return f"syncd/{__version__} (+{printable})" if printable else f"syncd/{__version__}"


@dataclass(frozen=True, slots=True)
class ExchangeContext:
    """What all exchanges of a client share. `monotonic` counts seconds, `start_timer` calls a function after some."""

    transport: httpx.BaseTransport
    settings: ClientSettings
    monotonic: Callable[[], float]
    start_timer: StartTimer


class Exchange:
    """One request. Entering sends it and receives the head of its response, leaving ends the connection.

    `status` and `size` (bytes of the body as they came) may be read at any moment, also after a failure. A failure of the
    connection is Unavailable, one of the server's certificate CertificateRefused. A response that is too large, or not of the
    type asked for, is Unexpected. After four timeouts in all the connection is cut.
    """

    def __init__(self, context: ExchangeContext, url: httpx.URL, expect: str) -> None:
        self.url = str(url)
        self.status: int | None = None
        self.size = 0
        self.headers = httpx.Headers()
        self._context = context
        self._expect = expect
        headers = {
            "User-Agent": format_user_agent(context.settings.contact),
            "Accept": ", ".join(CONTENT_TYPES[expect]),
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
        }
        self._request = httpx.Request("GET", url, headers=headers)

    def __enter__(self) -> Self:
        timeout = self._context.settings.timeout.total_seconds()
        longest = _TIMEOUTS_PER_RESPONSE * timeout
        self._latest = self._context.monotonic() + longest
        self._request.extensions["timeout"] = httpx.Timeout(timeout, connect=min(_CONNECT_TIMEOUT, timeout)).as_dict()
        with ExitStack() as stack:
            self._deadline = stack.enter_context(Deadline(longest, self._context.start_timer))
            self._request.extensions["trace"] = self._deadline.observe
            with self._translate_errors():
                self._response = self._context.transport.handle_request(self._request)
            self._closing = stack.pop_all()
        self.status, self.headers = self._response.status_code, self._response.headers
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._closing, suppress(httpx.TransportError):
            self._response.close()

    def read_retry_after(self, received: datetime) -> timedelta | None:
        """Return how long the response asks to be left alone. None when it does not say so in a readable way."""
        return read_retry_after(self.headers.get_list("retry-after"), self.headers.get("date"), received)

    def read_response(self, now: Callable[[], datetime]) -> Response:
        """Return the whole response after checking its type and length."""
        self._check_content_type()
        body = self._read_body()
        return self._build_response(body, now())

    def read_head(self, received: datetime) -> Response:
        """Return the response without its body."""
        return self._build_response(b"", received)

    def read_excerpt(self) -> str:
        """Return one line of what a refused response says, reading no more of it than that takes."""
        read = bytearray()
        with suppress(Unavailable, Unexpected, DamagedBodyError):
            for piece in self._read_pieces():
                read += piece
                if len(read) >= _EXCERPT_BYTES:
                    break
        return find_excerpt(bytes(read[:_EXCERPT_BYTES])) or _find_phrase(self._response.status_code)

    def _build_response(self, body: bytes, received: datetime) -> Response:
        return Response(self.url, self._response.status_code, tuple(self.headers.multi_items()), body, received)

    def _check_content_type(self) -> None:
        found = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if found not in CONTENT_TYPES[self._expect]:
            raise self._unexpected(f"the content type is {found[:80] or 'missing'}, expected {self._expect}")

    def _read_body(self) -> bytes:
        limit = self._context.settings.max_body
        length = self.headers.get("content-length", "")
        if length.isdecimal() and int(length) > limit:
            raise self._unexpected(f"larger than {limit:,} bytes", _TOO_LARGE)
        body = bytearray()
        try:
            for piece in self._read_pieces():
                body += piece
                if len(body) > limit:
                    raise self._unexpected(f"larger than {limit:,} bytes after decompression", _TOO_LARGE)
        except DamagedBodyError as error:
            raise self._unavailable(f"truncated or damaged: {error}", is_cut=True) from error
        if length.isdecimal() and self.size < int(length):
            raise self._unavailable(f"truncated: {self.size} of {length} bytes", is_cut=True)
        return bytes(body)

    def _read_pieces(self) -> Iterator[bytes]:
        coding = self.headers.get("content-encoding", "identity").strip().lower()
        if coding not in CODINGS:
            raise self._unexpected(f"the content encoding is {coding[:80]}")
        return decompress(self._read_chunks(), coding)

    def _read_chunks(self) -> Iterator[bytes]:
        """Yield the body as it comes, as long as there is time."""
        # The raw stream: httpx's own decoders have no limit of size.
        stream = self._response.stream
        if not isinstance(stream, httpx.SyncByteStream):
            raise TypeError("the transport is not synchronous")
        with self._translate_errors():
            for chunk in stream:
                self.size += len(chunk)
                yield chunk
                if self._context.monotonic() > self._latest:
                    raise self._unavailable(_TOO_LONG)
        # A connection that was cut here looks like one whose server ended the body.
        if self._deadline.has_passed:
            raise self._unavailable(_TOO_LONG)

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol):
            raise  # our own mistake, not a failure of the connection
        except (httpx.TransportError, ArithmeticError, OSError, ValueError) as error:
            if self._deadline.has_passed:
                raise self._unavailable(_TOO_LONG) from error
            if problem := _find_certificate_problem(error):
                raise CertificateRefused(problem, url=self.url) from error
            detail = f"{_describe(error)}{f': {error}' if str(error) else ''}"
            is_cut = self.size > 0 and not isinstance(error, httpx.TimeoutException)
            raise self._unavailable(detail, is_cut=is_cut) from error

    def _unavailable(self, detail: str, *, is_cut: bool = False) -> Unavailable:
        return Unavailable(detail, url=self.url, status=self.status, is_cut=is_cut)

    def _unexpected(self, detail: str, remedy: str = "") -> Unexpected:
        return Unexpected(detail, url=self.url, status=self.status, remedy=remedy)


def _describe(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "timed out while connecting" if isinstance(error, httpx.ConnectTimeout) else "timed out"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    return "the connection broke"


def _find_certificate_problem(error: BaseException | None) -> str:
    """Return why the server's certificate was refused. The text is empty where the failure is another one."""
    # httpx and httpcore each wrap the error once. An error that was raised twice can be its own context.
    for _ in range(_MOST_WRAPPINGS):
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error and (error.__cause__ or error.__context__)
    return ""


def _find_phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"status {status}"
