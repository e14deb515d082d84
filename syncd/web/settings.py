"""Where requests may go, how often, and how large a response may be, as a value.

It must not read the configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from datetime import timedelta


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Limits and addresses of a client. Only the hosts of the four URLs can be asked.

    `listing_url` belongs to the pool `pages`, the other three to the pool `api`. `timeout` is the longest silence between
    two bytes. `max_body` counts bytes after decompression. An empty `contact`, `proxy` or `ca_file` means none.
    """

    listing_url: str
    oai_url: str
    rss_url: str
    api_url: str
    contact: str
    listing_interval: timedelta
    api_interval: timedelta
    timeout: timedelta
    max_body: int
    proxy: str
    ca_file: str = ""
