"""Keep what upstream answered in the vault, with its address, status, headers and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from syncd.core.errors import PageError
    from syncd.usecases.ingest.upstream_client import RejectedPage
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response


def keep(work: Workspace, response: Response, kind: str = "response") -> str | None:
    """Put an answer into the vault and return its hash, or None where no vault is kept."""
    return work.vault.put(
        kind=kind,
        url=response.url,
        status=response.status,
        headers=response.headers,
        body=response.body,
        received=response.received,
    )


def keep_all(work: Workspace, responses: Sequence[Response], kind: str = "response") -> list[str | None]:
    """Put all parts of an answer into the vault and return the hash of each, or None where no vault is kept."""
    return [keep(work, response, kind) for response in responses]


def keep_rejected(work: Workspace, refused: RejectedPage, day: date | None) -> PageError:
    """Keep raw pages that were refused, and return the error, which names the first of them."""
    first = next(iter(keep_all(work, refused.responses, "refused")), None)
    error = refused.name_origin(day)
    error.response = error.response or first
    return error
