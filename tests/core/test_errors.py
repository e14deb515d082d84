"""Errors carry facts."""

from __future__ import annotations

from datetime import UTC, datetime

from syncd.core.errors import DatabaseError, HostBlocked


def test_a_blocked_host_answered_403() -> None:
    error = HostBlocked(url="https://arxiv.org/list", host="arxiv.org", since=datetime(2026, 7, 1, tzinfo=UTC))

    assert (error.status, error.host, error.url) == (403, "arxiv.org", "https://arxiv.org/list")


def test_a_failure_of_the_database_does_not_pass_unless_it_says_so() -> None:
    assert not DatabaseError("no such table", path="syncd.db").passing
    assert DatabaseError("locked", path="syncd.db", passing=True).passing
