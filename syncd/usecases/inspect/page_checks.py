"""Check that something answers where the web pages are to be, when it is configured at which address people reach them."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from syncd.usecases.inspect.host_checks import Check, Grade

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.config import Config

_PATIENCE = 2.0
"""Seconds."""


def examine_pages(config: Config) -> Iterator[Check]:
    """Say at which address the pages are, and whether something listens behind it. Nothing where `serve.base_url` is not set."""
    address, where = config.serve.base_url, "{}:{}".format(*config.serve.listen)
    if address is None:
        return
    try:
        socket.create_connection(config.serve.listen, _PATIENCE).close()
    except OSError as error:
        message = f"{address}: nothing listens at {where} ({error.strerror or error})"
        yield Check("pages", Grade.WARN, message, "systemctl start syncd-web, or: syncd serve")
    else:
        yield Check("pages", Grade.OK, f"{address}, behind which something listens at {where}")
