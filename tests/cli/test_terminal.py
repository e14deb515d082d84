"""The terminal: its width, and whether it wants colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.cli import terminal

if TYPE_CHECKING:
    import pytest


def test_colour_obeys_no_color_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert [terminal.colour(choice) for choice in ("auto", "always", "never")] == [False, True, False]
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    assert terminal.colour("auto") is None


def test_the_width_is_the_terminals_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    widths = {}
    for columns in ("10", "72", "300", "0", "wide"):
        monkeypatch.setenv("COLUMNS", columns)
        widths[columns] = terminal.width()
    assert widths == {"10": 40, "72": 72, "300": 100, "0": 80, "wide": 80}
