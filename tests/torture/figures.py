"""The figures of the last recorded runs, which docs/reliability.md shows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

FIGURES = Path(__file__).resolve().parents[2] / "docs" / "reliability.json"


def record(run: str, figures: str) -> None:
    """Write the figures of a run with today's date (UTC). Then `make man` brings the page up to date."""
    known = json.loads(FIGURES.read_text(encoding="utf-8"))
    known[run] = {"date": f"{datetime.now(UTC).date()}", "figures": figures}
    FIGURES.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")
