"""The rehearsal plays the life of an archive and ends as expected."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import pytest

from syncd.rehearsal.history import small_history
from syncd.rehearsal.scenario import rehearse, start_command
from tests.support.command_line import ROOT
from tests.support.forked_processes import ForkedCommand

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.rehearsal.scenario import RehearsalStep


@pytest.mark.timeout(300)
def test_the_rehearsal_ends_as_expected_and_leaves_only_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, elsewhere = tmp_path / "room", tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    monkeypatch.chdir(elsewhere)
    lines: list[str] = []
    started = datetime.now(UTC)

    folder, steps = rehearse(lines.append, room / "rehearsal", ForkedCommand)

    output = "\n".join(lines)
    wrong = [step for step in steps if step.exit_code != step.expected]
    assert wrong == [], output
    played = {step.arguments[0] for step in steps}
    assert played >= {"adopt", "sync", "backfill", "status", "check", "repair", "diff", "requests", "report"}
    assert -9 in {step.exit_code for step in steps}
    assert (datetime.now(UTC) - started).total_seconds() < 240

    assert list(room.iterdir()) == [folder]
    assert list(elsewhere.iterdir()) == []
    files = {path.stem for path in (folder / "archive").rglob("*.md")}
    assert files == {str(day) for day in small_history().days}

    assert "Traceback" not in output
    assert "SYNCD_NOW=" not in "\n".join(lines[:-1])
    assert f"{folder}/report.html" in lines[-1]
    assert f"syncd -c {folder}/config.toml serve" in lines[-1]
    assert str(folder) in lines[-1]
    assert "syncd config generate > config.toml" in lines[-1]


def test_a_step_is_started_in_its_folder_with_its_environment_alone(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(ROOT), "SYNCD_CONFIG": "absent.toml"}
    with start_command(["status"], tmp_path, environment) as process:
        _, errors = process.communicate()
    assert process.returncode == 2, errors
    assert str(tmp_path / "absent.toml") in errors


class InterruptedCommand:
    """A command that a signal comes into."""

    returncode = 0
    killed = 0

    def poll(self) -> None:
        return None

    def kill(self) -> None:
        InterruptedCommand.killed += 1

    def communicate(self) -> tuple[str, str]:
        raise KeyboardInterrupt

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass


def test_a_signal_ends_the_command_that_is_played(tmp_path: Path) -> None:
    steps: list[RehearsalStep] = []
    with pytest.raises(KeyboardInterrupt):
        rehearse(lambda _line: None, tmp_path / "rehearsal", lambda *_start: InterruptedCommand(), steps)
    assert (InterruptedCommand.killed, steps) == (1, [])
