"""The program's calendar clock: the real one, or the moment at which `SYNCD_NOW` froze it.

It must not be used for spacing, cooldowns, locks or the time a page was fetched: those are real.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from syncd.config.addresses import is_loopback
from syncd.config.rules import list_upstream_urls
from syncd.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from syncd.config.sections import Config

VARIABLE = "SYNCD_NOW"
_YEARS = range(1992, 2200)
"""From the first whole year of arXiv on. A calendar that ends centuries later would take minutes to list."""


def read_frozen_now(environ: Mapping[str, str]) -> datetime | None:
    """Return the moment (UTC) that `SYNCD_NOW` names, an ISO time with offset. None when it is not set or empty."""
    text = environ.get(VARIABLE, "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except (ArithmeticError, ValueError) as error:
        raise ConfigError(
            "must be an ISO time with offset, for example 2021-04-07T02:00:00Z", origin=VARIABLE
        ) from error
    if moment.utcoffset() is None:
        raise ConfigError("must have an offset, for example Z or -04:00", origin=VARIABLE)
    if moment.year not in _YEARS:
        raise ConfigError(f"must be in the years {_YEARS.start} to {_YEARS.stop - 1}", origin=VARIABLE)
    return moment.astimezone(UTC)


def build_clock(environ: Mapping[str, str], config: Config) -> Callable[[], datetime]:
    """Return the clock that says what today is (UTC). Raise ConfigError when it is frozen and an upstream is not loopback."""
    frozen = read_frozen_now(environ)
    if frozen is None:
        return lambda: datetime.now(UTC)
    for url in list_upstream_urls(config.upstream):
        if not is_loopback(url):
            raise ConfigError(
                f"stops the clock, which is for rehearsals only: {url} is not a loopback address", origin=VARIABLE
            )
    return lambda: frozen
