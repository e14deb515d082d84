"""The web application: which address is which page, what is kept of them, and what becomes of errors.

request ─► limits, base path ─► kept document of this revision? ─► else its page, from the archive ─► 200 or 304
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import field
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from anyio import to_thread
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Route

from syncd.core.errors import SyncdError
from syncd.core.printable import printable
from syncd.core.values import dataclass
from syncd.report.error_messages import explain
from syncd.serve.document import REVALIDATE, SAFETY, Document, DocumentCache
from syncd.serve.pages.differences_view import show_differences
from syncd.serve.pages.error_view import find_nearest, show_error
from syncd.serve.pages.feed_view import show_feed
from syncd.serve.pages.home_view import show_home
from syncd.serve.pages.mailing_view import show_mailing
from syncd.serve.pages.paper_view import show_paper
from syncd.serve.pages.report_view import show_report
from syncd.serve.pages.requests_view import show_requests
from syncd.serve.pages.search_view import show_search
from syncd.serve.pages.searches_view import show_saved, show_searches
from syncd.serve.request_limits import RequestLimits
from syncd.serve.static_files import STATIC, read_static_files
from syncd.serve.templating import make_templates
from syncd.serve.visit import BadQuestion, Form, MovedTo, NotHere, Visit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from syncd.serve.read_archive import ReadArchive

    Page = Callable[[Visit], Document]

_THREADS = 4
"""Pages that are made at a time. More would only share the same processor, and each may hold a connection of the database."""
_MOST_KEPT = 48 << 20
_DAY, _PAPER, _SAVED = "/{day:listing_date}", "/paper/{paper:arxiv_id}", "/searches/{name:search_name}"
_NARROWING = ("since", "until", "section", "sort", "limit", "by")
PAGES: tuple[tuple[str, Page, tuple[Form, ...], tuple[str, ...]], ...] = (
    ("/index", show_home, (Form.JSON,), ()),
    ("/", show_home, (Form.HTML,), ()),
    ("/feed", show_feed, (Form.ATOM,), ()),
    (_DAY, show_mailing, tuple(Form), ()),
    (_PAPER, show_paper, (Form.HTML, Form.JSON), ()),
    ("/search", show_search, tuple(Form), ("q", *_NARROWING)),
    ("/searches", show_searches, (Form.HTML, Form.JSON), ()),
    (_SAVED, show_saved, tuple(Form), _NARROWING),
    ("/differences", show_differences, (Form.HTML, Form.JSON), ("until",)),
    ("/requests", show_requests, (Form.HTML, Form.JSON), ()),
    ("/report", show_report, (Form.HTML, Form.JSON), ()),
)
"""The pages with their addresses, which stay as they are for ever, the forms in which each is given, and its parameters."""


class _ListingDate(Convertor[date]):
    regex = r"\d{4}-\d\d-\d\d"

    def convert(self, value: str) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise HTTPException(404) from None

    def to_string(self, value: date) -> str:
        return value.isoformat()


class _Name(Convertor[str]):
    """A part of an address that is a word of its own kind."""

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class _ArxivId(_Name):
    regex = r"(?:\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/\d{7})(?:v[1-9]\d{0,3})?"


class _SearchName(_Name):
    regex = r"[a-z0-9][a-z0-9_-]{0,39}"


register_url_convertor("listing_date", _ListingDate())
register_url_convertor("arxiv_id", _ArxivId())
register_url_convertor("search_name", _SearchName())


@dataclass(frozen=True, slots=True)
class Face:
    """What all visits share: the archive, the templates, and the documents made last."""

    archive: ReadArchive
    templates: Environment
    base: str
    kept: DocumentCache
    making: tuple[Lock, ...] = field(default_factory=lambda: tuple(Lock() for _ in range(64)))

    def answer(self, request: Request, page: Page, form: Form, parameters: Sequence[str]) -> Response:
        """Return the response of a page, made anew only where the data have changed since it was made.

        Other parameters than its own do not make another page.
        """
        asked = [request.query_params.get(name) for name in parameters]
        address = repr((request.url.path, asked, request.headers.get("host") if form is Form.ATOM else None))
        try:
            revision = self.archive.read_revision()
            found = self.kept.get(address, revision)
            if found is None:
                # One makes it, and those who ask for it meanwhile wait for that.
                with self.making[hash(address) % len(self.making)]:
                    found = self.kept.get(address, revision)
                    if found is None:
                        found = page(Visit(request, self.archive.work(), self.templates, form, self.base))
                        self.kept.put(address, revision, found)
        except MovedTo as moved:
            return RedirectResponse(f"{self.base}{moved.path}", 301, headers=SAFETY)
        except (NotHere, BadQuestion, SyncdError) as error:
            if isinstance(error, SyncdError):
                self.archive.close()
            found = self.explain(request, form, error)
        return found.respond(request)

    def explain(self, request: Request, form: Form, error: Exception) -> Document:
        """Return the page of an error, or the object where JSON was asked for."""
        if isinstance(error, HTTPException) and error.status_code == 404:
            try:
                error = find_nearest(request.url.path, self.archive.work())
            except SyncdError as broken:
                error = broken
        made = show_error(self.templates, request.url.path, form, error)
        if isinstance(error, SyncdError):
            said = explain(error)
            logging.getLogger("syncd").error("%s: %s; %s", printable(request.url.path), said.message, said.help)
        elif made.status >= 500:
            logging.getLogger("syncd").error("%s: %r", printable(request.url.path), error, exc_info=error)
        return made

    def refuse(self, request: Request, error: Exception) -> Response:
        """Return the response to an address without a page, to a method that changes something, and to what went wrong."""
        path = request.url.path
        form = next((form for form in (Form.JSON, Form.ATOM) if path.endswith(form)), Form.HTML)
        response = self.explain(request, form, error).respond(request)
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)
        return response


def make_application(archive: ReadArchive, base_url: str | None) -> ASGIApp:
    """Return the application that shows an archive. `base_url` is where people reach it, whose path begins every link."""
    base = urlsplit(base_url or "").path.rstrip("/")
    static = read_static_files()
    names = {name: f"{base}/{STATIC}/{name}?{document.tag[:12]}" for name, document in static.items()}
    face = Face(archive, make_templates(base, names), base, DocumentCache(_MOST_KEPT))
    routes = [
        Route(f"{path}{form}", _endpoint(face, page, form, parameters))
        for path, page, forms, parameters in PAGES
        for form in forms
    ]
    routes += [Route(f"/{STATIC}/{name}", _static(document)) for name, document in static.items()]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = _THREADS
        yield
        archive.close()

    application = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={HTTPException: face.refuse, Exception: face.refuse},
    )
    application.router.redirect_slashes = False
    return RequestLimits(application, base)


def _endpoint(face: Face, page: Page, form: Form, parameters: Sequence[str]) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        return face.answer(request, page, form, parameters)

    return endpoint


def _static(document: Document) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        # Its address in the pages names its content. Another address must be asked again.
        is_named = request.url.query == document.tag[:12]
        response = document.respond(request)
        if not is_named:
            response.headers["Cache-Control"] = REVALIDATE
        return response

    return endpoint
