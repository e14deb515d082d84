"""`syncd check` as a person calls it."""

from __future__ import annotations

from tests.support.command_line import DAYS, Shell


def test_a_check_names_the_commands_that_repair(held: Shell) -> None:
    (held.folder / f"archive/2026/{DAYS[1]}.md").unlink()
    ended = held("check")
    assert ended.code == 1
    assert f"to fix, run:\n  syncd repair {DAYS[1]}\n" in ended.out
    assert held("repair").code == 0
    assert "no problems found" in held("check").out
