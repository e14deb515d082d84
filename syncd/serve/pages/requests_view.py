"""The requests that were sent to arXiv: how many, how far apart, and which cooldowns there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.report.json_fields import of_host
from syncd.serve.visit import Form
from syncd.usecases.inspect.requests import list_hosts

if TYPE_CHECKING:
    from syncd.serve.document import Document
    from syncd.serve.visit import Visit


def show_requests(visit: Visit) -> Document:
    """Return the page, or the object that `syncd requests --json` prints."""
    hosts = list_hosts(visit.work)
    if visit.form is Form.JSON:
        return visit.json("requests", {"hosts": [of_host(one) for one in hosts], "released": None})
    upstream = visit.work.config.upstream
    return visit.html(
        "requests.html",
        hosts=hosts,
        pages=upstream.listing_interval.total_seconds(),
        apis=upstream.api_interval.total_seconds(),
    )
