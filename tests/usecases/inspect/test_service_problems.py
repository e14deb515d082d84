"""Notes of the daemon and a shared ledger that cannot be read are problems that a check names, with the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncd.archive.files.host_state import STATE_FILE
from syncd.archive.sql.daemon_state import SharedState
from syncd.core.errors import LedgerError
from syncd.daemon.state import DaemonState, format_host, format_shared, read_notes
from syncd.report.error_messages import explain
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.upstream import open_ledger
from tests.support.sound_archive import Held, copied

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.core.results import Problem

ODD = ['{"faults": [1e400', '{"polled": "never"}', "[]", "[" * 100_000]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    return copied(tmp_path_factory, tmp_path_factory.mktemp("service") / "held")


def find(held: Held) -> list[Problem]:
    with held.open() as work:
        return list(check(work, Scope(), read_notes=read_notes).problems)


@pytest.mark.parametrize("text", ODD)
def test_notes_that_cannot_be_understood_are_named(held: Held, text: str) -> None:
    (held.root / STATE_FILE).write_text(text)
    with held.open() as work:
        SharedState(work.database).save(text)
    assert [(one.code, one.path) for one in find(held)] == [
        ("notes-damaged", STATE_FILE),
        ("notes-damaged", "syncd_memory"),
    ]


def test_notes_that_a_daemon_wrote_are_sound(held: Held) -> None:
    (held.root / STATE_FILE).write_text(format_host(DaemonState()))
    with held.open() as work:
        SharedState(work.database).save(format_shared(DaemonState()))
    assert find(held) == []


def test_a_shared_ledger_that_is_no_database_is_named_and_is_not_taken_for_the_archive(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.db"
    ledger = f"sqlite:///{file}"
    held = copied(tmp_path_factory, tmp_path / "held")
    held.overrides["upstream.ledger"] = ledger
    assert find(held) == []
    file.write_text("junk")
    (found,) = find(held)
    assert found.code == "ledger-damaged"
    with held.open() as work, pytest.raises(LedgerError) as refused, open_ledger(work):
        pass
    assert "replay" not in explain(refused.value).help
    assert "move it away" in explain(refused.value).help
