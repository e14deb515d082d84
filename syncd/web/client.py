"""The client: every request waits for the request lock and the spacing, is logged, and is retried where arXiv's rules allow it.

    get ─► permit ─► paused? ─► request lock ─► paused? ─► spacing ─► log ─► exchange ─► classify ─► log, spacing ─► unlock
                                     └────────── again: at most 3 tries, 3 redirects ──────────┘

It must not decide anything that is not in `policy`, and knows of a page only its content type.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from syncd.core.errors import CoolingDown, HostBlocked, SyncdError, Unavailable, Unexpected
from syncd.core.server_date import measure_gap
from syncd.web.deadline import start_timer
from syncd.web.http_exchange import Exchange, ExchangeContext, Response, open_transport
from syncd.web.policy import (
    LONGEST_COOLDOWN,
    MAX_REDIRECTS,
    MAX_TRIES,
    RETRY_TIME,
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

    from syncd.web.deadline import StartTimer
    from syncd.web.ledger_protocol import Ledger
    from syncd.web.policy import HostRule
    from syncd.web.settings import ClientSettings


def _utc_now() -> datetime:
    return datetime.now(UTC)


class PoliteClient:
    """The one user of the network. A context manager that also works without entering, and again after leaving.

    All waiting goes through `sleep` (seconds). What it raises ends the wait, and nothing is sent. `now` is UTC,
    `monotonic` counts seconds, `chance` returns a number from 0 to 1. `start_timer` ends a request that takes too
    long. Without `transport`, one is opened on the first request.
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
        start_timer: StartTimer = start_timer,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._rules = build_host_rules(settings)
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._chance = chance
        self._transport = transport
        self._start_timer = start_timer
        self._context: ExchangeContext | None = None
        self.sent = 0
        """How many requests this client has begun. Each try and each redirect counts."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A transport that was passed in belongs to the caller.
        if self._context is not None and self._transport is None:
            self._context.transport.close()
        self._context = None

    def get(self, url: str, *, expect: str) -> Response:
        """Return what is at `url`, after at most 3 redirects among the configured hosts. `expect` is `html` or `xml`.

        Wait for the request lock and the spacing, never for the end of a cooldown. Raise CoolingDown while the host has a
        cooldown and HostBlocked while any host is blocked, both before anything is sent. Raise Unavailable after 3 tries or
        30 s. Raise Unexpected for a URL that may not be asked and for an unexpected response. Its `detail` is then
        the page's own heading or error, where it has one.
        """
        target = parse_url(url)
        for _ in range(MAX_REDIRECTS + 1):
            response = self._get_with_retries(target, permit(target, self._rules), expect)
            if response.status == 200:
                return response
            location = dict(response.headers).get("location")
            if not location:
                raise Unexpected("a redirect without a location", url=response.url, status=response.status)
            target = parse_url(location, target)
        raise Unexpected(f"more than {MAX_REDIRECTS} redirects", url=url, status=response.status)

    def _get_with_retries(self, url: httpx.URL, rule: HostRule, expect: str) -> Response:
        """Return the response to one hop, redirects included. Only Unavailable is tried again."""
        sent: list[float] = []

        def is_over(state: RetryCallState) -> bool:
            is_late = bool(sent) and self._monotonic() - sent[0] >= RETRY_TIME.total_seconds()
            return is_late or state.attempt_number >= MAX_TRIES

        def choose_pause(state: RetryCallState) -> float:
            # The random part keeps several archives from asking again at the same moment.
            return (0.5 + self._chance()) * (1 << (state.attempt_number - 1))

        retrying = Retrying(
            sleep=self._sleep,
            stop=is_over,
            wait=choose_pause,
            retry=retry_if_exception_type(Unavailable),
            reraise=True,
        )
        return retrying(self._try_once, url, rule, expect, sent)

    def _try_once(self, url: httpx.URL, rule: HostRule, expect: str, sent: list[float]) -> Response:
        """Make one try under the request lock, spaced from the request before. Its moment is appended to `sent`."""
        self._raise_if_paused(str(url), rule.host)
        with self._ledger.hold_request_lock(self._sleep):
            # Another process may have started a cooldown or a block while this one waited for the lock.
            self._raise_if_paused(str(url), rule.host)
            self._wait_for_spacing(rule)
            sent.append(self._monotonic())
            return self._send_and_log(url, rule, expect)

    def _raise_if_paused(self, url: str, host: str) -> None:
        blocked = self._ledger.find_blocked_host()
        if blocked is not None:
            name, since, reason = blocked
            raise HostBlocked("nothing was sent", url=url, host=name, since=since, status=None, reason=reason)
        until = self._ledger.get_cooldown(host)
        if until is not None:
            raise CoolingDown("nothing was sent", url=url, host=host, until=until)

    def _wait_for_spacing(self, rule: HostRule) -> None:
        left = self._ledger.compute_wait(rule.pools, rule.interval)
        while left > 0:
            self._wait(left)
            # The ledger's clock and the monotonic one run a little differently, and the log must show the whole interval.
            # A remainder of more than a tenth comes from a calendar clock that was set back: it has been waited for.
            again = self._ledger.compute_wait(rule.pools, rule.interval)
            left = again if again < min(left, rule.interval.total_seconds() / 10) else 0

    def _wait(self, seconds: float) -> None:
        end = self._monotonic() + seconds
        while (left := end - self._monotonic()) > 0:
            self._sleep(left)

    def _send_and_log(self, url: httpx.URL, rule: HostRule, expect: str) -> Response:
        if self._context is None:
            transport = self._transport or open_transport(self._settings)
            self._context = ExchangeContext(transport, self._settings, self._monotonic, self._start_timer)
        exchange = Exchange(self._context, url, expect)
        request = self._ledger.begin_request(exchange.url, rule.host, rule.pools, rule.interval)
        self.sent += 1
        outcome, clocks = "interrupted", None
        try:
            with exchange:
                clocks = _read_clocks(exchange, self._now())
                response = self._receive(exchange, rule.host)
            outcome = "accepted" if response.status == 200 else "redirected"
        except SyncdError as error:
            outcome = f"{error.code}: {error.detail}"
            raise
        finally:
            self._ledger.finish_request(
                request,
                rule.pools,
                rule.interval,
                status=exchange.status,
                size=exchange.size,
                outcome=outcome,
                clocks=clocks,
            )
        return response

    def _receive(self, exchange: Exchange, host: str) -> Response:
        """Return the response if it is accepted or a redirect. Raise the error that its status calls for."""
        status = exchange.status or 0
        match classify(status, has_retry_after="retry-after" in exchange.headers):
            case Verdict.ACCEPT:
                response = exchange.read_response(self._now)
                self._ledger.clear_strikes(host)
                return response
            case Verdict.FOLLOW:
                return exchange.read_head(self._now())
            case Verdict.BLOCK:
                raise self._block_host(exchange, host, f"answered {status}")
            case Verdict.COOL_DOWN:
                asked = exchange.read_retry_after(self._now())
                if asked is not None and asked > LONGEST_COOLDOWN:
                    reason = f"answered {status} and asked for a pause of more than {LONGEST_COOLDOWN.days} days"
                    raise self._block_host(exchange, host, reason)
                length = choose_cooldown(self._ledger.count_strikes(host), asked)
                until = self._ledger.start_cooldown(host, length, status=status, reason=f"HTTP {status}")
                raise CoolingDown(exchange.read_excerpt(), url=exchange.url, host=host, until=until, status=status)
            case Verdict.RETRY:
                raise Unavailable(exchange.read_excerpt(), url=exchange.url, status=status)
            case Verdict.REFUSE:
                raise Unexpected(exchange.read_excerpt(), url=exchange.url, status=status)

    def _block_host(self, exchange: Exchange, host: str, reason: str) -> HostBlocked:
        """Block the host and return the error that says so."""
        status = exchange.status or 0
        # Written before the body is read: a kill meanwhile must not lose a block. The same holds for a cooldown.
        since = self._ledger.block_host(host, reason, status=status)
        return HostBlocked(
            exchange.read_excerpt(), url=exchange.url, host=host, since=since, status=status, reason=reason
        )


def _read_clocks(exchange: Exchange, received: datetime) -> tuple[datetime, datetime] | None:
    """Return what this machine's clock and the server's say as the response begins. None where it has no date."""
    gap = measure_gap(exchange.headers.multi_items(), received)
    try:
        return None if gap is None else (received, received - gap)
    except OverflowError:
        return None
