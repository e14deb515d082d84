"""arXiv's rules as decisions: where a request may go, what a status means, how long a host rests. It does nothing itself.

200 accept · 301 302 303 307 308 follow · 403 stop · 406, 429, any 5xx with Retry-After rest · other 5xx retry
anything else refuse
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

import httpx

from syncd.core.errors import Unexpected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncd.web.settings import ClientSettings

MAX_REDIRECTS = 3
TRIES = 3
PATIENCE = timedelta(seconds=30)
"""After this long since the first try was sent, no other is begun."""

_FIRST_REST = timedelta(seconds=60)
_LONGEST_REST = timedelta(minutes=10)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Verdict(Enum):
    """What is done about an answer once its status is known."""

    ACCEPT = auto()
    FOLLOW = auto()
    REST = auto()
    STOP = auto()
    RETRY = auto()
    REFUSE = auto()


def classify(status: int, *, names_rest: bool) -> Verdict:
    """What `status` calls for; `names_rest` says that the answer has a Retry-After, readable or not."""
    if status == 200:
        return Verdict.ACCEPT
    if status in {301, 302, 303, 307, 308}:
        return Verdict.FOLLOW
    if status == 403:
        return Verdict.STOP
    if status in {406, 429} or (500 <= status <= 599 and names_rest):
        return Verdict.REST
    return Verdict.RETRY if 500 <= status <= 599 else Verdict.REFUSE


def choose_cooldown(strikes: int, asked: timedelta | None) -> timedelta:
    """How long a host rests: as long as it asked, otherwise 60 s doubling with each strike before this one, to 10 min.

    An answer that asks for no time at all (`Retry-After: 0`, a date in the past) is taken as not having named one.
    """
    if asked is not None and asked > timedelta(0):
        return asked
    return min(_FIRST_REST * (1 << min(strikes, 8)), _LONGEST_REST)


@dataclass(frozen=True, slots=True)
class HostRule:
    """A host that may be asked: `origins` are its schemes with their host, `pools` what its requests count in."""

    host: str
    origins: frozenset[str]
    pools: tuple[str, ...]
    interval: timedelta


def build_host_rules(settings: ClientSettings) -> Mapping[str, HostRule]:
    """The lane of every configured host; one that belongs to both pools counts in both and takes the longer interval."""
    members = (
        ("pages", settings.listing_interval, settings.listing_url),
        ("api", settings.api_interval, settings.oai_url),
        ("api", settings.api_interval, settings.rss_url),
        ("api", settings.api_interval, settings.api_url),
    )
    found: dict[str, HostRule] = {}
    for pool, interval, text in members:
        url = parse_url(text)
        host, origin = host_key(url), _origin(url)
        before = found.get(host, HostRule(host, frozenset(), (), interval))
        pools = tuple(sorted({*before.pools, pool}))
        found[host] = HostRule(host, before.origins | {origin}, pools, max(before.interval, interval))
    return found


def parse_url(text: str, against: httpx.URL | None = None) -> httpx.URL:
    """The URL that `text` spells, relative to `against` if given; Unexpected when it spells none."""
    try:
        return against.join(text) if against is not None else httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise Unexpected(f"not a URL: {error}", url=text[:200]) from error


def permit(url: httpx.URL, known: Mapping[str, HostRule]) -> HostRule:
    """The lane of `url`; Unexpected where nothing may be sent: another host or scheme, credentials, http beyond loopback."""
    lane = known.get(host_key(url))
    if lane is None or _origin(url) not in lane.origins:
        raise Unexpected(f"{_origin(url)} is not configured; nothing was sent", url=str(url))
    if url.userinfo:
        raise Unexpected("a URL with a name or password in it; nothing was sent", url=lane.host)
    if url.scheme != "https" and not is_loopback(url.host):
        raise Unexpected("http is for loopback only; nothing was sent", url=str(url))
    return lane


def host_key(url: httpx.URL) -> str:
    """The name under which a host is known to the ledger: with its port when that is not the scheme's own."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return host if url.port in {None, _DEFAULT_PORTS.get(url.scheme)} else f"{host}:{url.port}"


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its spelling alone; no name is looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{host_key(url)}"
