"""`syncd requests`: the proof of politeness, and the release of a host."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests.support import faults
from tests.support.command_line import DAYS, Shell
from tests.support.small_archive import noon

if TYPE_CHECKING:
    from syncd.rehearsal.server import Server


def test_the_proof_of_politeness_names_hosts_and_gaps(syncd: Shell) -> None:
    assert syncd("sync").code == 0
    (host,) = syncd("requests", "--json").json["hosts"]
    assert host["count"] == 4
    assert host["last_status"] == 200
    assert "shortest gap" in syncd("requests").out


def test_releasing_a_host_that_is_not_stopped_says_so(held: Shell) -> None:
    ended = held("requests", "--release", "arxiv.org")
    assert ended.code == 0
    assert ended.out.startswith("arxiv.org is not stopped")


def test_a_cooldown_can_be_lifted(held: Shell, server: Server) -> None:
    held.at(noon(DAYS[4]))
    server.now = lambda: noon(DAYS[4])
    server.faults.add(faults.status(429).on("/list/*"))
    assert held("sync").code == 4
    host = server.url.removeprefix("http://")
    assert "cooldown until" in held("requests").out
    assert held("requests", "--release", host).out.startswith(f"{host} is released")
    assert held("sync").code == 0


def test_a_stopped_host_is_released_only_without_dry_run(held: Shell, server: Server) -> None:
    held.at(noon(DAYS[4]))
    server.now = lambda: noon(DAYS[4])
    server.faults.add(faults.status(403).on("/list/*"))
    assert held("sync").code == 4
    host = server.url.removeprefix("http://")
    assert held("requests", "--release", host, "-n").out.startswith(f"{host} would be released")
    assert held("status", "--json").json["cooldowns"] == [{"host": host, "until": None}]
    assert held("requests", "--release", host, "--json").json["released"] == host
    assert held("sync").code == 0


def test_a_pause_that_cannot_be_understood_stops_all_and_can_be_lifted(held: Shell, server: Server) -> None:
    held.at(noon(DAYS[4]))
    server.now = lambda: noon(DAYS[4])
    host = server.url.removeprefix("http://")
    with closing(sqlite3.connect(held.folder / "syncd.db")) as connection, connection:
        row = (host, "never", 429, 1, "2026-07-07T16:00:00.000000Z", "")
        connection.execute("INSERT INTO syncd_rest VALUES (?, ?, ?, ?, ?, ?)", row)
    assert held("sync").code == 6
    assert held("requests", "--release", host).out.startswith(f"{host} is released")
    assert held("sync").code == 0
