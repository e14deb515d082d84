"""`syncd sync`: its answers, its dry runs, and pages saved by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import faults
from tests.support.command_line import DAYS, Shell, digest_file, error_of
from tests.support.small_archive import evening, noon

if TYPE_CHECKING:
    from datetime import date

    from syncd.rehearsal.server import Server


def test_a_sync_answers_with_its_days_and_requests(syncd: Shell) -> None:
    found = syncd("sync", "--json").json
    assert (found["schema"], found["command"], found["exit_code"]) == (1, "sync", 0)
    assert [day["action"] for day in found["days"]] == ["written"] * 4
    assert found["requests"] == 4


def test_a_second_sync_says_that_there_is_nothing_to_do(held: Shell) -> None:
    assert held("sync").out == "sync: nothing to do; 0 requests\n"


def test_a_refused_page_is_the_days_outcome_and_the_runs_error(syncd: Shell, server: Server) -> None:
    server.faults.add(faults.halved().on(f"/catchup/*/{DAYS[1]}*"))
    ended = syncd("sync", "--json")
    assert ended.code == 3
    assert ended.json["error"]["code"] == "truncated"
    assert [day["error"]["code"] for day in ended.json["days"] if day["error"]] == ["truncated"]


def test_a_dry_run_of_sync_makes_no_archive_and_asks_nothing(syncd: Shell, server: Server) -> None:
    before = syncd.files()
    ended = syncd("sync", "--dry-run", "--json")
    assert [day["date"] for day in ended.json["days"]] == [str(day) for day in DAYS[3::-1]]
    assert syncd.files() == before
    assert server.requests == ()


def test_a_dry_run_of_sync_is_refused_where_the_sync_would_be(syncd: Shell) -> None:
    root = syncd.folder / "archive" / "2026"
    root.mkdir(parents=True)
    digest_file(syncd.folder).rename(root / f"{DAYS[0]}.md")
    before = syncd.files()
    assert syncd("sync", "-n").code == syncd("sync").code == 6
    assert syncd.files() - before <= {"syncd.db"}


def test_a_dry_run_of_an_archive_that_exists_plans_only_what_is_missing(held: Shell) -> None:
    held.at(evening(DAYS[4]))
    assert [day["date"] for day in held("sync", "-n", "--json").json["days"]] == [str(DAYS[4])]


def saved(syncd: Shell, server: Server, day: date) -> str:
    """The name of a file that holds the catchup page of a date."""
    reply, _ = server.answer(f"/catchup/cs.CV/{day}?abs=True", (), 0)
    (syncd.folder / f"{day}.html").write_bytes(reply.body)
    return f"{day}.html"


def contents(syncd: Shell) -> dict[str, bytes]:
    return {name: (syncd.folder / name).read_bytes() for name in syncd.files()}


def test_a_dry_run_over_a_saved_page_makes_no_archive_and_plans_its_mailing(syncd: Shell, server: Server) -> None:
    arguments = ("sync", "--page", saved(syncd, server, DAYS[1]), "-n")
    before = sorted(syncd.folder.rglob("*"))
    (day,) = syncd(*arguments, "--json").json["days"]
    assert (day["date"], day["action"], day["path"]) == (str(DAYS[1]), "planned", f"2026/{DAYS[1]}.md")
    assert day["papers"] == 5
    assert "1 planned" in syncd(*arguments).out
    assert sorted(syncd.folder.rglob("*")) == before


def test_a_dry_run_over_saved_pages_ends_as_the_run_would_and_leaves_every_byte(held: Shell, server: Server) -> None:
    held.at(noon(DAYS[4]))
    server.now = lambda: noon(DAYS[4])
    held_one, new = saved(held, server, DAYS[1]), saved(held, server, DAYS[4])
    server.faults.add(faults.stale_entries())
    refused = saved(held, server, DAYS[3])
    arguments = ("sync", "--json", *(word for name in (held_one, new, refused) for word in ("--page", name)))
    before = contents(held)
    planned = held(*arguments, "-n")
    assert contents(held) == before
    done = held(*arguments)
    assert [day["action"] for day in planned.json["days"]] == ["none", "planned", "refused"]
    assert [day["action"] for day in done.json["days"]] == ["none", "written", "refused"]
    assert planned.code == done.code == 6
    assert planned.json["error"]["code"] == done.json["error"]["code"]


def test_all_files_after_page_are_pages(held: Shell, server: Server) -> None:
    pages = saved(held, server, DAYS[1]), saved(held, server, DAYS[2])
    found = held("sync", "-n", "--json", "--page", *pages)
    assert {day["date"] for day in found.json["days"]} == {str(DAYS[1]), str(DAYS[2])}
    assert held("sync", "--page", *pages, "missing.html").code == 2
    assert held("sync", *pages).code == 2


@pytest.mark.parametrize("more", [(str(DAYS[0]),), ("--witness",)])
def test_a_saved_page_goes_with_no_date_and_no_witness(held: Shell, server: Server, more: tuple[str, ...]) -> None:
    page = saved(held, server, DAYS[1])
    assert error_of(held("sync", "--json", "-n", "--page", page, *more))["code"] == "usage"
