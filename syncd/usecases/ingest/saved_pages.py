"""Take mailings from listing pages that a person saved by hand. Nothing is asked upstream.

files ─► pages, and files that are none ─► parts of each mailing put together ─► accept, or preview
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from syncd.core.errors import FolderError, LayoutUnknown, PageError
from syncd.core.results import Run
from syncd.sources import listing
from syncd.usecases.ingest.accept import accept, preview, preview_rejected, reject
from syncd.usecases.ingest.context import IngestContext
from syncd.usecases.ingest.upstream_client import FetchedListing, RejectedPage
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.web import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from syncd.usecases.workspace import Workspace


def ingest_saved_pages(work: Workspace, paths: Sequence[Path], *, dry_run: bool = False) -> Run:
    """Take mailings from saved listing pages. The parts of one mailing may come in any order.

    A dry run changes nothing: its outcomes are those of the real run, `planned` where that would write a mailing.
    """
    if not dry_run:
        finish_interrupted(work)
    pages, rejected = _read_pages([_load(path, work.config.upstream.max_body) for path in paths])
    listings = _join_parts(pages, work.config.archive.category)
    context = IngestContext(work, None)
    if dry_run:
        left_out = [preview_rejected(context, one, None) for one in rejected]
        return Run((*left_out, *(preview(context, one) for one in listings)))
    return Run((*(reject(work, one, None) for one in rejected), *(accept(context, one, None) for one in listings)))


def _load(path: Path, limit: int) -> Response:
    """Return a saved page of at most `limit` bytes as if it had just been received when its file was written."""
    try:
        with path.open("rb") as file:
            received = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
            body = file.read(limit + 1)
    except OSError as error:
        raise FolderError(error.strerror or str(error), path=str(path)) from error
    if len(body) > limit:
        remedy = "name the page itself, as HTML, or raise upstream.max_body"
        raise FolderError(f"larger than upstream.max_body, which is {limit:,} bytes", path=str(path), remedy=remedy)
    return Response(url=path.resolve().as_uri(), status=200, headers=(), body=body, received=received)


def _read_pages(responses: Iterable[Response]) -> tuple[list[tuple[listing.Page, Response]], list[RejectedPage]]:
    """Return the pages with abstracts among the responses, and those that are none."""
    pages: list[tuple[listing.Page, Response]] = []
    rejected: list[RejectedPage] = []
    for response in responses:
        try:
            page = listing.read(response.body)
            if page.kind not in {"new", "catchup"}:
                detail = f"a page of kind {page.kind} holds no abstracts; save /new or a catchup page with abstracts"
                raise LayoutUnknown(detail, reason="no-abstracts", url=response.url)
        except PageError as error:
            error.url = response.url
            rejected.append(RejectedPage(error, (response,)))
        else:
            pages.append((page, response))
    return pages, rejected


def _join_parts(pages: Sequence[tuple[listing.Page, Response]], category: str) -> list[FetchedListing]:
    """Return the parts of each mailing as one listing, in the order of their entries."""
    groups: dict[tuple[str, date | None], list[tuple[listing.Page, Response]]] = {}
    for page, response in pages:
        groups.setdefault((page.kind, page.day), []).append((page, response))
    # The files come in the order of the command line, the guards expect the order of the entries.
    for parts in groups.values():
        parts.sort(key=lambda part: part[0].first or 0)
    return [
        FetchedListing(tuple(page for page, _ in parts), tuple(response for _, response in parts), category)
        for parts in groups.values()
    ]
