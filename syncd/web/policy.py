"""arXiv's rules as decisions: where a request may go, what a status means, how long a cooldown is.

It must not do anything itself.

200 accept · 301 302 303 307 308 follow · 403 block · 406, 429, and 408, 425, any 5xx with Retry-After cool down
other 408, 425, 5xx retry · anything else refuse
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

import httpx

from syncd.core.errors import Unexpected
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncd.web.settings import ClientSettings

MAX_REDIRECTS = 3
MAX_TRIES = 3
RETRY_TIME = timedelta(seconds=30)
"""No other try is begun when the first one was sent this long ago."""

_FIRST_COOLDOWN = timedelta(seconds=60)
_LONGEST_STRIKE = timedelta(minutes=10)

LONGEST_COOLDOWN = timedelta(days=7)
"""A host that asks for a longer one is blocked, as after a 403: a person must look at such a wish."""


class Verdict(Enum):
    """What is done about a response once its status is known."""

    ACCEPT = auto()
    FOLLOW = auto()
    COOL_DOWN = auto()
    BLOCK = auto()
    RETRY = auto()
    REFUSE = auto()


def classify(status: int, *, has_retry_after: bool) -> Verdict:
    """Return what `status` calls for. A Retry-After header counts whether it can be read or not."""
    if status == 200:
        return Verdict.ACCEPT
    if status in {301, 302, 303, 307, 308}:
        return Verdict.FOLLOW
    if status == 403:
        return Verdict.BLOCK
    # 408: the server waited too long for the request; 425: it does not take one that may be a repetition yet.
    is_passing = status in {408, 425} or 500 <= status <= 599
    if status in {406, 429} or (is_passing and has_retry_after):
        return Verdict.COOL_DOWN
    return Verdict.RETRY if is_passing else Verdict.REFUSE


def choose_cooldown(strikes: int, asked: timedelta | None) -> timedelta:
    """Return the length of a host's cooldown: what it asked for, else 60 s doubled with each earlier strike, up to 10 min.

    A response that asks for no time at all (`Retry-After: 0`, a date in the past) counts as one that asked for nothing.
    """
    if asked is not None and asked > timedelta(0):
        return asked
    # Numbers are compared, not spans: 2 to the power of many strikes would overflow a timedelta.
    return _FIRST_COOLDOWN * min(1 << min(strikes, 64), _LONGEST_STRIKE // _FIRST_COOLDOWN)


@dataclass(frozen=True, slots=True)
class HostRule:
    """A host that may be asked. `origins` are its schemes with their host, `pools` what its requests count in."""

    host: str
    origins: frozenset[str]
    pools: tuple[str, ...]
    interval: timedelta


def build_host_rules(settings: ClientSettings) -> Mapping[str, HostRule]:
    """Return the rule of every configured host, by its key.

    A host that belongs to both pools counts in both and takes the longer interval.
    """
    members = (
        ("pages", settings.listing_interval, settings.listing_url),
        ("api", settings.api_interval, settings.oai_url),
        ("api", settings.api_interval, settings.rss_url),
        ("api", settings.api_interval, settings.api_url),
    )
    rules: dict[str, HostRule] = {}
    for pool, interval, text in members:
        url = parse_url(text)
        host = host_key(url)
        before = rules.get(host, HostRule(host, frozenset(), (), interval))
        pools = tuple(sorted({*before.pools, pool}))
        rules[host] = HostRule(host, before.origins | {_origin(url)}, pools, max(before.interval, interval))
    return rules


def parse_url(text: str, base: httpx.URL | None = None) -> httpx.URL:
    """Return the URL that `text` spells, relative to `base` if given. Raise Unexpected when it spells none."""
    try:
        return base.join(text) if base is not None else httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise Unexpected(f"not a URL: {error}", url=text[:200]) from error


def permit(url: httpx.URL, rules: Mapping[str, HostRule]) -> HostRule:
    """Return the rule of the host of `url`.

    Raise Unexpected where nothing may be sent: another host or scheme, credentials in the URL, http beyond loopback.
    """
    rule = rules.get(host_key(url))
    if rule is None or _origin(url) not in rule.origins:
        remedy = "no other host is asked than those of the configuration: see upstream in syncd config show"
        raise Unexpected(f"{_origin(url):.120} is not configured; nothing was sent", url=str(url), remedy=remedy)
    if url.userinfo:
        # Only the host is named: the URL holds a password.
        raise Unexpected("the URL contains a user name or password; nothing was sent", url=rule.host)
    if url.scheme != "https" and not is_loopback(url.host):
        raise Unexpected("http is allowed for loopback only; nothing was sent", url=str(url))
    return rule


def host_key(url: httpx.URL) -> str:
    """Return the name under which the ledger knows a host: with its port where that is not the default of the scheme."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    # httpx gives None for the default port, also where the URL spells it.
    return host if url.port is None else f"{host}:{url.port}"


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine, judging by its spelling alone. No name is looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{host_key(url)}"
