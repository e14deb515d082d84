"""`syncd replay` as a person or a script calls it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server
from tests.support.command_line import Shell
from tests.support.compared_archive import DAYS
from tests.support.small_archive import noon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def syncd(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    now = noon(DAYS[2])
    with Server(small_history(), lambda: now) as server:
        shell = Shell(tmp_path / "shell", capsys, monkeypatch)
        shell.set_up(server, now)
        assert shell("sync").code == 0
        yield shell


def test_the_command_rebuilds_a_lost_archive_and_verifies_it(syncd: Shell) -> None:
    before = {path: path.read_bytes() for path in (syncd.folder / "archive").rglob("*.md")}
    for path in syncd.folder.glob("syncd.db*"):
        path.unlink()
    shutil.rmtree(syncd.folder / "archive")
    assert syncd("status").code == 10
    planned = syncd("replay", "--dry-run", "--json")
    assert [day["action"] for day in planned.json["days"]] == ["planned"] * 3
    assert not (syncd.folder / "archive").exists()
    done = syncd("replay", "--json")
    assert done.code == 0
    assert {(day["action"], day["path"]) for day in done.json["days"]} == {
        ("restored", f"2026/{day}.md") for day in DAYS[:3]
    }
    assert {path: path.read_bytes() for path in (syncd.folder / "archive").rglob("*.md")} == before
    proof = syncd("replay", "--verify", "--json")
    assert (proof.code, proof.json["differences"], proof.json["days_compared"]) == (0, [], 3)


def test_a_verification_that_finds_a_difference_exits_with_1_and_names_it(syncd: Shell) -> None:
    next((syncd.folder / "archive").rglob("*.md")).unlink()
    ended = syncd("replay", "--verify")
    assert ended.code == 1
    assert "file-missing" in ended.out


@pytest.mark.parametrize("day", ["2026-01-05", "2026-07-11"], ids=["before the archive", "Saturday"])
def test_a_date_with_nothing_to_rebuild_is_skipped_with_its_reason(syncd: Shell, day: str) -> None:
    ended = syncd("replay", day, "--json")
    assert (ended.code, ended.json["days"], [one["date"] for one in ended.json["skipped"]]) == (0, [], [day])
