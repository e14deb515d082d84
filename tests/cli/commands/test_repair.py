"""`syncd repair` as a person calls it."""

from __future__ import annotations

from tests.support.command_line import DAYS, Shell


def test_a_dry_run_of_repair_changes_no_file(held: Shell) -> None:
    (held.folder / f"archive/2026/{DAYS[1]}.md").unlink()
    assert [day["action"] for day in held("repair", "-n", "--json").json["days"]] == ["planned"]
    assert not (held.folder / f"archive/2026/{DAYS[1]}.md").exists()
