"""What the client needs remembered over processes and restarts, as a protocol.

It must not remember anything itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta


class Ledger(Protocol):
    """The politeness ledger. Its times are real UTC, and each change is committed when its method returns.

    All processes that share a ledger share its request lock, its pools and its cooldowns. Only the holder of the request
    lock calls a method that changes something.
    """

    def hold_request_lock(self, sleep: Callable[[float], None]) -> AbstractContextManager[None]:
        """Hold the lock under which the only request of all processes is made.

        Wait for it with `sleep` (seconds). The death of its holder frees it.
        """

    def find_blocked_host(self) -> tuple[str, datetime, str] | None:
        """Return the host that was blocked first, since when, and what it did. None when no host is blocked."""

    def get_cooldown(self, host: str) -> datetime | None:
        """Return the end of the cooldown of `host`. None when it has none, or it is over."""

    def count_strikes(self, host: str) -> int:
        """Return how many times `host` started a cooldown since its last success."""

    def compute_wait(self, pools: tuple[str, ...], interval: timedelta) -> float:
        """Return the seconds until all `pools` may send, at most `interval`.

        The limit is for a clock that was set back: the moment in the ledger is then too far ahead.
        """

    def begin_request(self, url: str, host: str, pools: tuple[str, ...], interval: timedelta) -> int:
        """Log a request that is about to be sent, move the pools to now + `interval`, and return its number."""

    def finish_request(
        self,
        request: int,
        pools: tuple[str, ...],
        interval: timedelta,
        *,
        status: int | None,
        size: int,
        outcome: str,
        clocks: tuple[datetime, datetime] | None = None,
    ) -> None:
        """Complete the log of a request and move its pools to now + `interval`.

        `clocks` are what this machine's clock and the server's said when the response began (UTC), None without a date.
        """

    def start_cooldown(self, host: str, length: timedelta, *, status: int, reason: str) -> datetime:
        """Give `host` a cooldown of `length` from now on and count a strike.

        Return the end of the cooldown, which is never earlier than it was.
        """

    def block_host(self, host: str, reason: str, *, status: int) -> datetime:
        """Stop all requests to any host until a person releases `host`, and return since when. `reason` is what it did."""

    def clear_strikes(self, host: str) -> None:
        """Forget the strikes and the cooldown of `host` after a success. A block stays."""
