"""`syncd db`: the schema made, shown and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.unreleased_database import make_unreleased

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


def test_a_database_from_before_the_first_release_is_named_and_carried_over(held: Shell) -> None:
    file = held.folder / "syncd.db"
    file.unlink()
    make_unreleased(f"sqlite:///{file}")
    assert "stop the daemon and run: syncd db upgrade" in held("status").err
    assert held("db", "current").out == "schema unreleased 0004; this version writes schema 0001: syncd db upgrade\n"
    assert held("db", "check").code == 1
    assert held("db", "upgrade", "-n").out == "schema unreleased 0004 would become schema 0001\n"
    assert held("db", "upgrade").out == "schema unreleased 0004 is now schema 0001\n"
    assert held("db", "check").code == 0


def test_an_old_ledger_that_archives_share_is_carried_over_with_the_archive(held: Shell) -> None:
    ledger = f"sqlite:///{held.folder}/ledger.db"
    make_unreleased(ledger)
    config = held.folder / "config.toml"
    config.write_text(config.read_text().replace("[upstream]", f'[upstream]\nledger = "{ledger}"'))
    assert "shared ledger: schema unreleased 0004 is now schema 0001" in held("db", "upgrade").out
    assert held("requests", "--json").json["hosts"][1]["host"] == "export.arxiv.org"
