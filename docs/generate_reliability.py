"""The page docs/reliability.md: the table of upstream faults from the program, and the figures of the last recorded runs.

Run it after the table has changed: python docs/generate_reliability.py
"""

# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from syncd.rehearsal.upstream_faults import INTERFACE_FAULTS, UPSTREAM_FAULTS  # noqa: E402  its place is known only now

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncd.rehearsal.upstream_faults import UpstreamFault

FIGURES = HERE / "reliability.json"
MADE = "This page is made from the program and from recorded runs by `make man`."


def page() -> str:
    """Return the text of reliability.md."""
    text = (HERE / "reliability.md.in").read_text(encoding="utf-8")
    head = ("arXiv", "exit code", "error", "message", "state", "requests", "next attempt")
    faults = _table(head, _list_faults(UPSTREAM_FAULTS))
    asked = (row.interface.words for row in INTERFACE_FAULTS)
    others = _table(
        ("asked for", *head),
        ((words, *cells) for words, cells in zip(asked, _list_faults(INTERFACE_FAULTS), strict=True)),
    )
    figures = _table(("run", "date", "figures"), _list_figures())
    for name, value in {
        "made": MADE,
        "upstream_faults": faults,
        "interface_faults": others,
        "figures": figures,
    }.items():
        text = text.replace(f"@{name}@", value)
    return text


def _list_faults(rows: Iterable[UpstreamFault]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        code, message = (f"`{row.code}`", row.message) if row.code else ("", "")
        yield row.words, str(row.exit_code), code, message, row.state, str(row.requests), _name_next_attempt(row)


def _name_next_attempt(row: UpstreamFault) -> str:
    return f"after {row.pause.total_seconds():.0f} s" if row.pause else str(row.next_attempt)


def _list_figures() -> Iterator[tuple[str, ...]]:
    runs = json.loads(FIGURES.read_text(encoding="utf-8"))
    for name, run in sorted(runs.items()):
        yield f"`{name}`", run["date"], run["figures"]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write() -> None:
    """Bring the page up to date."""
    (HERE / "reliability.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
