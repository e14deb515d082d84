"""`syncd rehearse`: what it says when it is interrupted. The rehearsal itself is tested where it stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from syncd.cli.termination import Terminated
from syncd.rehearsal import scenario
from syncd.rehearsal.scenario import RehearsalStep

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.command_line import Shell


@pytest.mark.parametrize(("signal", "code"), [(KeyboardInterrupt(), 130), (Terminated(), 143)])
def test_interrupted_it_says_what_was_played_and_what_is_left(
    syncd: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal: BaseException, code: int
) -> None:
    def play(_say: object, _folder: Path, *, steps: list[RehearsalStep]) -> None:
        steps.append(RehearsalStep(("adopt", "from-before"), 0, 0))
        raise signal

    monkeypatch.setattr(scenario, "rehearse", play)
    folder = str(tmp_path / "stage")
    ended = syncd("rehearse", "--folder", folder, "--json")
    found = json.loads(ended.out)
    assert (ended.code, found["folder"], found["interrupted"]) == (code, folder, True)
    assert found["steps"] == [{"command": ["adopt", "from-before"], "exit_code": 0, "expected": 0}]
    assert "interrupted after 1 command" in syncd("rehearse", "--folder", folder).out
