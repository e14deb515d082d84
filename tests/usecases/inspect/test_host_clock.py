"""A clock that differs from the dates of arXiv's responses is named, with both moments."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files.vault import FolderVault
from syncd.usecases.inspect.host_clock import find_clock_trouble
from syncd.usecases.inspect.status import status
from syncd.usecases.upstream import open_ledger
from syncd.usecases.workspace import Access
from tests.support.small_archive import world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.usecases.workspace import Workspace

NOW = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)
YEAR, HOUR, MINUTE = timedelta(days=365), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with world(tmp_path_factory.mktemp("clock"), NOW) as here, here.open(Access.CREATE) as work:
        yield work


def at(work: Workspace, folder: Path, now: datetime) -> Workspace:
    return replace(work, now=lambda: now, wall=lambda: now, vault=FolderVault(folder / "vault"))


def keep(work: Workspace, received: datetime, dated: datetime | None, age: str = "", kind: str = "response") -> None:
    headers = [("Date", format_datetime(dated, usegmt=True))] if dated else []
    body = f"{received}".encode()
    work.vault.put(kind=kind, url="u", status=200, headers=[*headers, ("Age", age)], body=body, received=received)


@pytest.mark.parametrize(
    ("ahead", "age", "said"),
    [
        (YEAR, "0", "was 365 days ahead of arXiv's at the last response: it said 2026-07-14 11:59 UTC, the response was dated"),
        (20 * MINUTE, "", "was 20 minutes ahead"),
        (-3 * HOUR, "0", "at least 2 hours behind"),
        (-YEAR, "0", "at least 364 days behind arXiv's: it says 2026-07-14 12:00 UTC, the response was dated 2027-07-14 11:59"),
        (15 * MINUTE, "0", ""),
        (HOUR, "3600", ""),
        (HOUR, "-9e999", "was 60 minutes ahead"),
        (HOUR, "9" * 40, ""),
    ],
)  # fmt: skip
def test_a_clock_far_from_the_date_of_the_last_response_is_named(
    opened: Workspace, tmp_path: Path, ahead: timedelta, age: str, said: str
) -> None:
    work, received = at(opened, tmp_path, NOW), NOW - MINUTE
    keep(work, received - HOUR, received - HOUR)
    keep(work, received, received - ahead, age)
    keep(work, received, None, kind="placed")
    found = [trouble.message for trouble in find_clock_trouble(work)]
    assert len(found) == bool(said)
    assert all(said in message for message in found)


def test_a_clock_that_was_put_right_is_no_trouble_and_one_that_is_set_back_is(
    opened: Workspace, tmp_path: Path
) -> None:
    work = at(opened, tmp_path, NOW)
    keep(work, NOW - HOUR, NOW - HOUR)
    keep(work, NOW + YEAR, NOW - MINUTE)
    assert find_clock_trouble(work) == ()
    assert find_clock_trouble(at(opened, tmp_path, NOW - HOUR))[0].message.startswith(
        "this host's clock is at least 59 minutes behind arXiv's"
    )


def test_a_clock_that_was_behind_is_named_until_the_next_response(opened: Workspace, tmp_path: Path) -> None:
    work = at(opened, tmp_path, NOW)
    keep(work, NOW - 4 * HOUR, NOW - HOUR)
    assert "was 3 hours behind arXiv's at the last response" in find_clock_trouble(work)[0].message
    keep(work, NOW - MINUTE, NOW - MINUTE)
    assert find_clock_trouble(work) == ()


def test_many_responses_of_the_future_do_not_hide_the_last_one(opened: Workspace, tmp_path: Path) -> None:
    work = at(opened, tmp_path, NOW)
    keep(work, NOW - MINUTE, NOW - HOUR)
    for number in range(60):
        keep(work, NOW + YEAR + number * MINUTE, None, kind="placed")
    (found,) = find_clock_trouble(work)
    assert "was 59 minutes ahead of arXiv's at the last response" in found.message


def test_the_clock_counts_for_the_health_of_this_host_but_not_one_that_is_frozen(
    opened: Workspace, tmp_path: Path
) -> None:
    work = at(opened, tmp_path, NOW)
    keep(work, NOW - HOUR, NOW - YEAR)
    (found,) = (one for one in status(work).troubles if one.code == "host-clock")
    assert found.is_of_host
    assert find_clock_trouble(replace(work, wall=lambda: NOW + HOUR)) == ()


def test_a_clock_that_is_a_year_ahead_is_named_although_every_response_was_refused(
    opened: Workspace, tmp_path: Path
) -> None:
    work, machine = at(opened, tmp_path, NOW), socket.gethostname()
    with open_ledger(work) as ledger:
        for offset, ahead in ((HOUR, HOUR), (MINUTE, YEAR)):
            number = ledger.begin_request("u", "arxiv.org", ("pages",), MINUTE)
            clocks = (NOW - offset, NOW - offset - ahead)
            ledger.finish_request(number, ("pages",), MINUTE, status=400, size=1, outcome="unexpected", clocks=clocks)
        assert ledger.list_dated(machine, 1) == [(NOW - MINUTE, NOW - MINUTE - YEAR)]
        assert ledger.list_dated("another-host", 5) == []
    (found,) = find_clock_trouble(work)
    assert "was 365 days ahead of arXiv's at the last response: it said 2026-07-14 11:59 UTC" in found.message
    (shown,) = (one for one in status(work).troubles if one.code == "host-clock")
    assert shown.message == found.message
    # A later response that was kept says that it was put right.
    keep(work, NOW, NOW)
    assert find_clock_trouble(work) == ()
