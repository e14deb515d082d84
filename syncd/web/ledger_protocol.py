"""What the door needs remembered over processes and restarts, as a protocol; nothing is remembered here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta


class Ledger(Protocol):
    """The politeness ledger: its times are real UTC, each change is committed when its method returns.

    All processes that share a ledger share its slot, its pools and its rests. Everything that changes is called by the
    holder of the slot.
    """

    def hold_request_lock(self, sleep: Callable[[float], None]) -> AbstractContextManager[None]:
        """The one place in flight, waited for with `sleep` (seconds); the death of its holder frees it."""

    def find_blocked_host(self) -> tuple[str, datetime] | None:
        """The host that answered 403, and when; None when no host stands stopped."""

    def get_cooldown(self, host: str) -> datetime | None:
        """Until when `host` rests; None when it does not, or no longer."""

    def count_strikes(self, host: str) -> int:
        """How many times `host` asked for rest since its last success."""

    def compute_wait(self, pools: tuple[str, ...], interval: timedelta) -> float:
        """Seconds until all `pools` may send; never more than `interval`, which is what a clock set back is cut to."""

    def begin_request(self, url: str, host: str, pools: tuple[str, ...], interval: timedelta) -> int:
        """Log a request that is about to be sent and move the pools to now + `interval`; its number."""

    def finish_request(
        self,
        request: int,
        pools: tuple[str, ...],
        interval: timedelta,
        *,
        status: int | None,
        size: int,
        outcome: str,
    ) -> None:
        """Complete the log of a request and move its pools to now + `interval`."""

    def start_cooldown(self, host: str, rest: timedelta, *, status: int, reason: str) -> datetime:
        """Let `host` rest for `rest` from now on and count a strike; the end of the rest, never earlier than it was."""

    def block_host(self, host: str, reason: str) -> datetime:
        """Stop everything until a person releases `host`; since when it is stopped."""

    def clear_strikes(self, host: str) -> None:
        """Forget the strikes of `host` after a success; a stop stays."""
