"""The report as a web page."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from syncd.serve.pages import report_view

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_vault_is_measured_again_only_after_ten_minutes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    now, counted = 6000.0, count(1)
    monkeypatch.setattr(report_view, "monotonic", lambda: now)
    monkeypatch.setattr(report_view, "measure_folder", lambda _folder: next(counted))
    sizes = []
    for seconds in (0, 599, 1):
        now += seconds
        sizes.append(report_view.measure_seldom(tmp_path))
    assert sizes == [1, 1, 2]
