"""The kinds of values that are addresses: of arXiv's services, proxies, databases, and the address to listen at.

An error must not repeat one that could hold a password. `mask_secrets` makes one fit to be shown.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from syncd.config.kinds import Kind, quoted, read_string

if TYPE_CHECKING:
    from pathlib import Path

_SQLITE = re.compile(r"(sqlite(?:\+pysqlite)?)://(?P<path>/[^?]*)?(?P<query>\?.*)?", re.ASCII)
_POSTGRESQL = re.compile(r"(?:postgres|postgresql)(?:\+psycopg)?://(?P<rest>.+)", re.ASCII)


def is_loopback(url: str) -> bool:
    """Return whether the host of `url` is this machine, judging by its spelling alone. No name is looked up."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def mask_secrets(url: str) -> str:
    """Return `url` with stars for a password, before the host and in the query."""
    hidden = re.sub(r"(?<=://)([^:/@]*):.*@", r"\1:***@", url)
    return re.sub(r"(?i)([?&][^=&]*(?:pass|secret|token|key)[^=&]*=)[^&]*", r"\1***", hidden)


def _split(text: str) -> SplitResult:
    """Return the parts of a URL. Raise ValueError, without the text, when its host or port cannot be used."""
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\\]", text):
        raise ValueError('must be a URL with a host, for example "https://arxiv.org"')
    return parts


def _read_upstream(raw: object) -> str:
    text = read_string(raw)
    parts = _split(text)
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must be a plain URL without user, query or fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(text)):
        raise ValueError("must begin with https:// (http:// is allowed for a loopback host only)")
    return text.rstrip("/")


def _read_proxy(raw: object) -> str:
    text = read_string(raw)
    if _split(text).scheme not in {"http", "https"}:
        raise ValueError("must begin with http:// or https://")
    return text


def _read_database(raw: object) -> str:
    text = read_string(raw)
    if found := _POSTGRESQL.fullmatch(text):
        return f"postgresql+psycopg://{found['rest']}"
    found = _SQLITE.fullmatch(text)
    if found is None:
        raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
    if (found["path"] or "/") in {"/", "/:memory:"}:
        raise ValueError("must name a file: a database in memory is lost when the process ends")
    return text


def _anchor_database(url: str, folder: Path) -> str:
    found = _SQLITE.fullmatch(url)
    if found is None:
        return url
    return f"{found[1]}:///{folder / found['path'][1:]}{found['query'] or ''}"


def _read_listen(raw: object) -> tuple[str, int]:
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:]+)\]|([^\s:/\[\]]+)):(\d{1,5})", read_string(raw), re.ASCII)
    if found is None or int(found[3]) > 65_535:
        raise ValueError('must be an address and a port, for example "127.0.0.1:9464"')
    return found[1] or found[2], int(found[3])


def _show_listen(value: tuple[str, int]) -> str:
    host, port = value
    return quoted(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


def _read_site(raw: object) -> str:
    text = read_string(raw)
    parts = _split(text)
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must be a plain URL without user, query or fragment")
    if parts.scheme not in {"http", "https"}:
        raise ValueError("must begin with https:// or http://")
    return text.rstrip("/")


def _read_networks(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple):
        raise ValueError('must be a list of addresses, for example ["127.0.0.1", "10.0.0.0/8"]')  # noqa: TRY004 - every mistake is a ValueError
    try:
        return tuple(str(ip_network(read_string(one))) for one in raw)
    except ValueError as error:
        raise ValueError(f"must be addresses or networks, and one is not: {error}") from error


def _show_networks(value: tuple[str, ...]) -> str:
    return f"[{', '.join(map(quoted, value))}]"


UPSTREAM = Kind(_read_upstream, quoted)
PROXY = Kind(_read_proxy, quoted)
DATABASE = Kind(_read_database, quoted, _anchor_database)
LISTEN = Kind(_read_listen, _show_listen)
SITE = Kind(_read_site, quoted)
NETWORKS = Kind(_read_networks, _show_networks, literal=True)
