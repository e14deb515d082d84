"""The door: every request passes rest, slot and spacing, is logged, and is tried again where arXiv's rules allow it.

    get ─► permitted? ─► resting? ─► slot ─► resting? ─► spacing ─► log ─► exchange ─► judge ─► log, spacing ─► slot given up
                                       └────────── again: at most 3 tries, 3 redirects ──────────┘

It decides nothing that is not in `policy`, and knows of a page only its kind.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from syncd.core.errors import CoolingDown, HostBlocked, SyncdError, Unavailable, Unexpected
from syncd.web.http_exchange import Exchange, ExchangeContext, Response, open_transport
from syncd.web.policy import (
    MAX_REDIRECTS,
    PATIENCE,
    TRIES,
    Verdict,
    build_host_rules,
    choose_cooldown,
    classify,
    parse_url,
    permit,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    import httpx

    from syncd.web.ledger_protocol import Ledger
    from syncd.web.policy import HostRule
    from syncd.web.settings import ClientSettings


def _utc_now() -> datetime:
    return datetime.now(UTC)


class PoliteClient:
    """The one user of the network. A context manager, which may also be used without entering, and again after leaving.

    `sleep` is what all waiting goes through; what it raises ends the wait with nothing sent. `now` is UTC, `monotonic` counts
    seconds, `chance` is from 0 to 1. Without `transport`, one is opened on the first request.
    """

    def __init__(
        self,
        settings: ClientSettings,
        ledger: Ledger,
        *,
        now: Callable[[], datetime] = _utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._lanes = build_host_rules(settings)
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._chance = chance
        self._given = transport
        self._way: ExchangeContext | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._way is not None and self._given is None:
            self._way.transport.close()
        self._way = None

    def get(self, url: str, *, expect: str) -> Response:
        """What is at `url`, after at most 3 redirects among the configured hosts; `expect` is `html` or `xml`.

        Waits for the slot and the spacing, never for a rest. CoolingDown while the host rests and HostBlocked while any host
        stands stopped, before anything is sent; Unavailable after 3 tries or 30 s; Unexpected for an answer that no rule
        covers, its `detail` being the page's own heading or error where it has one, and for a URL that may not be asked.
        """
        target = parse_url(url)
        for _ in range(MAX_REDIRECTS + 1):
            response = self._patiently(target, permit(target, self._lanes), expect)
            if response.status == 200:
                return response
            target = _destination(response, target)
        raise Unexpected(f"more than {MAX_REDIRECTS} redirects", url=url, status=response.status)

    def _patiently(self, url: httpx.URL, lane: HostRule, expect: str) -> Response:
        """The answer to one hop, tried again as long as its failures are passing ones."""
        sent: list[float] = []

        def give_up(state: RetryCallState) -> bool:
            late = bool(sent) and self._monotonic() - sent[0] >= PATIENCE.total_seconds()
            return late or state.attempt_number >= TRIES

        def pause(state: RetryCallState) -> float:
            return (0.5 + self._chance()) * (1 << (state.attempt_number - 1))

        tries = Retrying(
            sleep=self._sleep, stop=give_up, wait=pause, retry=retry_if_exception_type(Unavailable), reraise=True
        )
        return tries(self._in_turn, url, lane, expect, sent)

    def _in_turn(self, url: httpx.URL, lane: HostRule, expect: str, sent: list[float]) -> Response:
        """One try: in the slot, spaced from the one before."""
        self._refuse_rests(str(url), lane.host)
        with self._ledger.hold_request_lock(self._sleep):
            self._refuse_rests(str(url), lane.host)
            self._keep_distance(lane)
            sent.append(self._monotonic())
            return self._logged(url, lane, expect)

    def _refuse_rests(self, url: str, host: str) -> None:
        stop = self._ledger.find_blocked_host()
        if stop is not None:
            raise HostBlocked("nothing was sent", url=url, host=stop[0], since=stop[1])
        until = self._ledger.get_cooldown(host)
        if until is not None:
            raise CoolingDown("nothing was sent", url=url, host=host, until=until)

    def _keep_distance(self, lane: HostRule) -> None:
        left = self._ledger.compute_wait(lane.pools, lane.interval)
        while left > 0:
            self._wait(left)
            # The two clocks never run quite alike, and the log must show the distance too. What is left because the
            # calendar's clock was set back is much more than this, and has been waited for once.
            again = self._ledger.compute_wait(lane.pools, lane.interval)
            left = again if again < min(left, lane.interval.total_seconds() / 10) else 0

    def _wait(self, seconds: float) -> None:
        end = self._monotonic() + seconds
        while (left := end - self._monotonic()) > 0:
            self._sleep(left)

    def _logged(self, url: httpx.URL, lane: HostRule, expect: str) -> Response:
        exchange = Exchange(self._open_way(), url, expect)
        request = self._ledger.begin_request(exchange.url, lane.host, lane.pools, lane.interval)
        outcome = "interrupted"
        try:
            with exchange:
                response = self._judged(exchange, lane.host)
            outcome = "accepted" if response.status == 200 else "redirected"
        except SyncdError as error:
            outcome = f"{error.code}: {error.detail}"
            raise
        finally:
            self._ledger.finish_request(
                request, lane.pools, lane.interval, status=exchange.status, size=exchange.size, outcome=outcome
            )
        return response

    def _open_way(self) -> ExchangeContext:
        if self._way is None:
            self._way = ExchangeContext(self._given or open_transport(self._settings), self._settings, self._monotonic)
        return self._way

    def _judged(self, exchange: Exchange, host: str) -> Response:
        """The answer if it is to be used; a rest is kept before anything more is read."""
        status = exchange.status or 0
        match classify(status, names_rest="retry-after" in exchange.headers):
            case Verdict.ACCEPT:
                response = exchange.response(self._now)
                self._ledger.clear_strikes(host)
                return response
            case Verdict.FOLLOW:
                return exchange.head(self._now())
            case Verdict.STOP:
                since = self._ledger.block_host(host, f"HTTP {status}")
                raise HostBlocked(exchange.excerpt(), url=exchange.url, host=host, since=since)
            case Verdict.REST:
                rest = choose_cooldown(self._ledger.count_strikes(host), exchange.rest(self._now()))
                until = self._ledger.start_cooldown(host, rest, status=status, reason=f"HTTP {status}")
                raise CoolingDown(exchange.excerpt(), url=exchange.url, host=host, until=until, status=status)
            case Verdict.RETRY:
                raise Unavailable(exchange.excerpt(), url=exchange.url, status=status)
            case Verdict.REFUSE:
                raise Unexpected(exchange.excerpt(), url=exchange.url, status=status)


def _destination(response: Response, origin: httpx.URL) -> httpx.URL:
    """Where a redirect leads; Unexpected when it does not say."""
    location = dict(response.headers).get("location")
    if not location:
        raise Unexpected("a redirect to nowhere", url=response.url, status=response.status)
    return parse_url(location, origin)
