"""`syncd status` as a person calls it."""

from __future__ import annotations

import re

from tests.support.command_line import DAYS, Shell
from tests.support.small_archive import noon


def test_status_says_what_is_held_and_how_far_behind(held: Shell) -> None:
    held.at(noon(DAYS[5]))
    output = held("status").out
    assert "held       2026-06-30 … 2026-07-03: 4 mailings" in output
    assert "newest     Fri 2026-07-03, 2 mailings behind: syncd sync" in output
    assert re.search(r"^2026-07-07 … 2026-07-08  pending +2 mailings$", output, re.MULTILINE)


def test_status_is_strict_on_demand(held: Shell) -> None:
    held.at(noon(DAYS[5]))
    assert held("status").code == 0
    assert held("status", "--strict").code == 1
