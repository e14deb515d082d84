"""`syncd ack` as a person calls it."""

from __future__ import annotations

import json

from tests.support.command_line import DAYS, Shell
from tests.support.small_archive import noon


def test_a_problem_is_listed_with_cause_and_remedy_and_is_no_alarm_once_acknowledged(held: Shell) -> None:
    held.at(noon(DAYS[5]))
    listed = held("ack").out
    assert f"mailing-missed {DAYS[4]}\n    the mailing of {DAYS[4]} is missing:" in listed
    assert f"to fix it: syncd sync {DAYS[4]}" in listed
    assert held("status", "--strict").code == 1
    assert "would be acknowledged" in held("ack", "mailing-missed", "--dry-run").out
    assert held("status", "--strict").code == 1
    said = held("ack", "mailing-missed", "--note", "on holiday")
    assert (said.code, "is acknowledged" in said.out) == (0, True)
    assert held("status", "--strict").code == 0
    shown = held("status").out
    assert "acknowledged by " in shown
    assert ": on holiday" in shown
    (alarm, *_) = json.loads(held("status", "--json").out)["alarms"]
    assert (alarm["code"], alarm["acknowledged"]["note"]) == ("mailing-missed", "on holiday")


def test_what_is_not_open_cannot_be_acknowledged(held: Shell) -> None:
    held.at(noon(DAYS[3]))
    assert held("ack").out == "no problem is open\n"
    refused = held("ack", "publish")
    assert (refused.code, "no problem publish is open" in refused.err) == (3, True)
    assert held("ack", "--note", "x").code == 2
