"""The kinds of values that are addresses: of arXiv's services, proxies, databases and the place to listen at.

They must not be echoed where a password could be in them; `mask_secrets` is how one is shown.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from syncd.config.kinds import Kind, a_string, quoted

if TYPE_CHECKING:
    from pathlib import Path

_SQLITE = re.compile(r"(sqlite(?:\+pysqlite)?)://(?P<path>/[^?]*)?(?P<query>\?.*)?", re.ASCII)
_POSTGRESQL = re.compile(r"(?:postgres|postgresql)(?:\+psycopg)?://(?P<rest>.+)", re.ASCII)


def is_loopback(url: str) -> bool:
    """Whether the host of `url` is this machine by its very name; nothing is resolved."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def mask_secrets(url: str) -> str:
    """`url` with stars for a password, be it before the host or in the query."""
    hidden = re.sub(r"(?<=://)([^:/@]*):.*@", r"\1:***@", url)
    return re.sub(r"(?i)([?&][^=&]*(?:pass|secret|token|key)[^=&]*=)[^&]*", r"\1***", hidden)


def _parts(text: str) -> SplitResult:
    """The parts of a URL whose host and port are in order; ValueError, without the text, when they are not."""
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\\]", text):
        raise ValueError('must be a URL with a host, such as "https://arxiv.org"')
    return parts


def _read_upstream(raw: object) -> str:
    text = a_string(raw)
    parts = _parts(text)
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must be a plain URL, without user, query or fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(text)):
        raise ValueError("must begin with https:// (http:// is for a loopback host only)")
    return text.rstrip("/")


def _read_proxy(raw: object) -> str:
    text = a_string(raw)
    if _parts(text).scheme not in {"http", "https"}:
        raise ValueError("must begin with http:// or https://")
    return text


def _read_database(raw: object) -> str:
    text = a_string(raw)
    if found := _POSTGRESQL.fullmatch(text):
        return f"postgresql+psycopg://{found['rest']}"
    found = _SQLITE.fullmatch(text)
    if found is None:
        raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
    if (found["path"] or "/") in {"/", "/:memory:"}:
        raise ValueError("must name a file: a database in memory would forget the archive")
    return text


def _anchor_database(url: str, folder: Path) -> str:
    found = _SQLITE.fullmatch(url)
    if found is None:
        return url
    return f"{found[1]}:///{folder / found['path'][1:]}{found['query'] or ''}"


def _read_listen(raw: object) -> tuple[str, int]:
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:]+)\]|([^\s:/\[\]]+)):(\d{1,5})", a_string(raw), re.ASCII)
    if found is None or int(found[3]) > 65_535:
        raise ValueError('must be an address and a port, such as "127.0.0.1:9464"')
    return found[1] or found[2], int(found[3])


def _show_listen(value: tuple[str, int]) -> str:
    host, port = value
    return quoted(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


UPSTREAM = Kind(_read_upstream, quoted)
PROXY = Kind(_read_proxy, quoted)
DATABASE = Kind(_read_database, quoted, _anchor_database)
LISTEN = Kind(_read_listen, _show_listen)
