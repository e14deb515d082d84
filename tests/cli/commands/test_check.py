"""`syncd check` as a person calls it."""

from __future__ import annotations

from tests.support.command_line import DAYS, Shell, error_of
from tests.support.small_archive import noon


def test_a_check_names_the_commands_that_repair(held: Shell) -> None:
    (held.folder / f"archive/2026/{DAYS[1]}.md").unlink()
    ended = held("check")
    assert ended.code == 1
    assert f"to fix, run:\n  syncd repair {DAYS[1]}\n" in ended.out
    assert held("repair").code == 0
    assert "no problems found" in held("check").out


def test_a_subset_outside_its_parts_is_a_usage_error(syncd: Shell) -> None:
    for subset in ("0/3", "4/3", "3", "3/", "/3", "1/0", "1.5/3", "-1/3"):
        ended = syncd("check", "--json", "--subset", subset)
        assert (subset, ended.code, error_of(ended)["code"]) == (subset, 2, "usage")


def test_the_first_and_the_last_part_can_be_checked(held: Shell) -> None:
    assert [held("check", "--subset", subset).code for subset in ("1/1", "1/3", "3/3")] == [0, 0, 0]


def test_a_date_without_a_mailing_is_named_by_every_command_that_is_given_it(held: Shell) -> None:
    held.at(noon(DAYS[4]))
    for command in (("check",), ("repair",), ("sync",)):
        found = held(*command, "2026-07-04", "--json").json
        assert found["skipped"] == [{"date": "2026-07-04", "why": "no mailing: weekend"}]
    found = held("backfill", "--since", "2026-07-04", "--until", "2026-07-05", "--json").json
    assert [one["date"] for one in found["skipped"]] == ["2026-07-04", "2026-07-05"]
    assert held("check", "2026-07-04").out.splitlines()[-1] == "nothing was examined"


def test_a_hand_edit_is_named_with_both_ways_out(held: Shell) -> None:
    file = held.folder / f"archive/2026/{DAYS[1]}.md"
    file.write_bytes(file.read_bytes().replace(b">  ", b">  Edited: ", 1))
    output = held("check").out
    assert f"  syncd repair --restore {DAYS[1]}\n" in output
    assert f"or, to keep the file as it is now:\n  syncd repair --accept-file {DAYS[1]}\n" in output
