"""One answer of bulk metadata or of the API: asked for until it is whole, and kept with where it came from.

It decides nothing about what an answer says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from syncd.core.errors import PageError, PartialPage, Unavailable
from syncd.usecases.ingest.upstream_client import RejectedPage

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.web import Response

    T = TypeVar("T")

TRIES = 3


def ask(web: WebClient, url: str, read: Callable[[bytes], T]) -> tuple[Response, T]:
    """The answer and what it says; one that was cut is asked for again.

    Unavailable when it is cut every time, as after any other transfer that broke off. An answer that may not be believed
    is raised with its raw bytes.
    """
    for _ in range(TRIES):
        response = web.get(url, expect="xml")
        try:
            return response, read(response.body)
        except PartialPage as error:
            cut = error
        except PageError as error:
            error.url = response.url
            raise RejectedPage(error, (response,)) from error
    raise Unavailable(f"cut {TRIES} times: {cut.detail}", url=url, status=200)
