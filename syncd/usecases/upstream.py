"""The way to upstream for one archive: its limits come from the configuration, its pauses from the politeness ledger."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from syncd.archive.sql import database
from syncd.archive.sql.ledger import SqlLedger
from syncd.core.errors import DatabaseError, LedgerError
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syncd.config import Config
    from syncd.usecases.ingest.upstream_client import ListingClient, WebClient
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace
    from syncd.web import ClientSettings, PoliteClient


@dataclass(frozen=True, slots=True)
class UpstreamAccess:
    """What long work asks upstream with: the client for metadata and texts, that for listing pages, and what stops it."""

    web: WebClient
    listing: ListingClient
    control: RunControl


@contextmanager
def open_ledger(work: Workspace) -> Iterator[SqlLedger]:
    """Open the politeness ledger: the one in the archive's database, or that shared by several archives on this machine."""
    shared = work.config.upstream.ledger
    if shared is None:
        yield SqlLedger(work.database)
        return
    is_read_only = work.database.is_read_only
    opened = None
    try:
        opened = database.open_database(shared, create=not is_read_only, read_only=is_read_only)
        yield SqlLedger(opened)
    except DatabaseError as error:
        if opened is not None and error.path != opened.name:
            raise  # it is the archive's own
        raise LedgerError(
            error.detail, path=error.path, passing=error.passing, is_damage=error.is_damage, remedy=error.remedy
        ) from error
    finally:
        if opened is not None:
            opened.close()


@contextmanager
def open_web(
    work: Workspace, sleep: Callable[[float], None] = time.sleep
) -> Iterator[tuple[PoliteClient, Callable[[], int]]]:
    """Open the client for all requests, with a function that returns how many this client sent.

    All waiting goes through `sleep` (seconds). What it raises ends the wait, and nothing is sent.
    """
    # Most turns of the daemon only look at the ledger, and the library of the network takes a quarter of their start.
    from syncd.web import PoliteClient

    with open_ledger(work) as ledger, PoliteClient(settings_of(work.config), ledger, sleep=sleep) as web:
        yield web, lambda: web.sent


def settings_of(config: Config) -> ClientSettings:
    """Return the client's limits."""
    from syncd.web import ClientSettings

    upstream = config.upstream
    return ClientSettings(
        listing_url=upstream.listing_url,
        oai_url=upstream.oai_url,
        rss_url=upstream.rss_url,
        api_url=upstream.api_url,
        contact=upstream.contact,
        listing_interval=upstream.listing_interval,
        api_interval=upstream.api_interval,
        timeout=upstream.timeout,
        max_body=upstream.max_body,
        proxy=upstream.proxy or "",
        ca_file=str(upstream.ca_file or ""),
    )


def make_listing_client(work: Workspace, web: WebClient) -> ListingClient:
    """Return the client for listing pages of the archive's category."""
    from syncd.usecases.ingest.upstream_client import ListingClient

    return ListingClient(web, work.config.upstream.listing_url, work.config.archive.category)
