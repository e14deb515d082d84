"""`syncd db`: the schema made, shown and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.command_line import Shell


def test_the_schema_is_made_named_and_checked(syncd: Shell) -> None:
    assert syncd("db", "current").code == 10
    assert syncd("db", "upgrade", "-n").out.startswith("no schema would become schema ")
    assert syncd("db", "current").code == 10
    assert syncd("db", "upgrade").code == 0
    assert syncd("db", "upgrade").out.endswith(" already\n")
    assert syncd("db", "check").code == 0
    assert syncd("db", "current", "--json").json["revision"] == syncd("db", "current", "--json").json["head"]
