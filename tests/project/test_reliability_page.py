"""The page of what is promised is in step with the table of upstream faults and with the recorded figures."""

from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_of_reliability_is_in_step_with_the_program() -> None:
    made = runpy.run_path(str(DOCS / "generate_reliability.py"))["page"]()
    assert (DOCS / "reliability.md").read_text(encoding="utf-8") == made, "bring it up to date: make man"
