"""`syncd db`: the schema made, shown and checked, and the archive copied to another database."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from tests.support.unreleased_database import make_unreleased

pytest_plugins = ("tests.support.postgres_server",)

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


def configure(held: Shell, url: str) -> None:
    file = held.folder / "config.toml"
    lines = [f'url = "{url}"' if line.startswith("url = ") else line for line in file.read_text().splitlines()]
    file.write_text("\n".join(lines))


def test_the_archive_is_copied_and_sound_where_it_is_copied_to(held: Shell, url: str) -> None:
    config = (held.folder / "config.toml").read_bytes()
    done = held("db", "copy", url)
    assert (done.code, done.err.splitlines()[1:]) == (0, [])
    assert "rows of 26 tables copied, counts and hashes are equal\n" in done.out
    assert f"the configuration still names sqlite:///{held.folder}/syncd.db;" in done.out
    assert (held.folder / "config.toml").read_bytes() == config
    (held.folder / "syncd.db").unlink()
    configure(held, url)
    checked = held("check", "--full")
    assert (checked.code, "no problems found" in checked.out) == (0, True)


def test_a_copy_is_described_in_json_table_by_table(held: Shell) -> None:
    target = f"sqlite:///{held.folder}/new.db"
    planned = held("db", "copy", target, "--json", "-n").json
    assert not (held.folder / "new.db").exists()
    done = held("db", "copy", target, "--json").json
    assert done["target"] == planned["target"] == target
    assert [(one["table"], one["rows"]) for one in planned["tables"]] == [
        (one["table"], one["rows"]) for one in done["tables"]
    ]
    assert {len(one["sha256"]) for one in done["tables"]} == {64}


def test_a_copy_onto_rows_is_refused_by_a_guard(held: Shell) -> None:
    target = f"sqlite:///{held.folder}/new.db"
    assert held("db", "copy", target).code == 0
    for options in ((), ("-n",)):
        refused = held("db", "copy", target, *options)
        assert refused.code == 6
        assert "the target holds the archive" in refused.err


def test_the_target_is_read_from_standard_input_and_its_password_is_never_shown(
    held: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"postgresql://syncd:hush@127.0.0.1:1/x\n")))
    done = held("db", "copy", "-")
    assert done.code == 6
    assert "hush" not in done.err
    assert "postgresql+psycopg://syncd:***@127.0.0.1:1/x" in done.err


@pytest.mark.parametrize("arguments", [("copy",), ("upgrade", "sqlite:///x.db"), ("check", "sqlite:///x.db")])
def test_only_a_copy_takes_a_url(held: Shell, arguments: tuple[str, ...]) -> None:
    assert held("db", *arguments).code == 2
