"""`syncd list` as a person calls it."""

from __future__ import annotations

from tests.support.command_line import DAYS, Shell
from tests.support.small_archive import noon


def test_each_mailing_is_one_line_with_its_counts_and_its_file(held: Shell) -> None:
    lines = held("list").out.splitlines()
    assert [line[:10] for line in lines] == list(map(str, DAYS[:4]))
    found = held("list", "--json").json["days"]
    assert lines[1].split() == [
        str(DAYS[1]),
        "complete",
        *(str(found[1][name]) for name in ("papers", "new", "cross", "path")),
    ]
    assert all((held.folder / "archive" / day["path"]).is_file() for day in found)


def test_mailings_that_are_due_are_listed_and_days_without_one_are_not(held: Shell) -> None:
    held.at(noon(DAYS[5]))
    lines = held("list", "--since", str(DAYS[3])).out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        [str(DAYS[3]), "complete"],
        [str(DAYS[4]), "pending"],
        [str(DAYS[5]), "pending"],
    ]
    assert lines[1].split()[2:] == ["-"] * 4


def test_a_range_narrows_the_list_and_may_be_empty(held: Shell) -> None:
    assert [
        day["date"] for day in held("list", "--json", "--since", str(DAYS[1]), "--until", str(DAYS[2])).json["days"]
    ] == [str(DAYS[1]), str(DAYS[2])]
    ended = held("list", "--since", "2026-07-04", "--until", "2026-07-05")
    assert (ended.code, ended.out) == (0, "")
    assert held("list", "--since", "2030-01-01").code == 0
    assert held("list", "--since", "2026-07-02", "--until", "2026-07-01").code == 2
