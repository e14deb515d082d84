"""The rehearsal tells the life of an archive and ends as foretold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from syncd.rehearsal.history import small_history
from syncd.rehearsal.scenario import rehearse

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(300)
def test_the_whole_story_ends_as_foretold_and_leaves_only_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, elsewhere = tmp_path / "room", tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    monkeypatch.chdir(elsewhere)
    told: list[str] = []
    started = datetime.now(UTC)

    place, steps = rehearse(told.append, room / "rehearsal")

    story = "\n".join(told)
    wrong = [step for step in steps if step.exit_code != step.expected]
    assert wrong == [], story
    played = {step.arguments[0] for step in steps}
    assert played >= {"adopt", "sync", "backfill", "status", "check", "repair", "diff", "requests", "report"}
    assert -9 in {step.exit_code for step in steps}
    assert (datetime.now(UTC) - started).total_seconds() < 240

    assert list(room.iterdir()) == [place]
    assert list(elsewhere.iterdir()) == []
    files = {path.stem for path in (place / "archive").rglob("*.md")}
    assert files == {str(day) for day in small_history().days}

    assert "Traceback" not in story
    assert "SYNCD_NOW=" not in story
    assert str(place) in told[-1]
    assert "syncd config generate > config.toml" in told[-1]
