"""Goals, each with what was measured, and the table of them in docs/performance.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_TABLE = re.compile(r"(?<=<!-- table -->\n).*(?=<!-- end of the table -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal: `measured` must be at most `most`. `unit` is that of both, × where they are ratios to the `comparator`."""

    number: int
    what: str
    comparator: str
    most: float
    measured: float
    unit: str = "×"

    @property
    def is_met(self) -> bool:
        """Return whether what was measured is good enough."""
        return self.measured <= self.most

    def __str__(self) -> str:
        verdict = "yes" if self.is_met else "**no**"
        numbers = f"{_format(self.most)} {self.unit} | {_format(self.measured)} {self.unit}"
        return f"| {self.number} | {self.what} | {self.comparator} | {numbers} | {verdict} |"


def _format(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def format_table(goals: Iterable[Goal]) -> str:
    """Return the table of the goals, by number."""
    head = "| goal | work | comparator | at most | measured | met |\n|---|---|---|---|---|---|\n"
    return head + "".join(f"{goal}\n" for goal in sorted(goals, key=lambda goal: goal.number))


def write_page(page: Path, size: str, goals: Iterable[Goal], failed: Iterable[str]) -> None:
    """Put the table, with the size of the archive that was measured and what could not be, in place of the last ones."""
    text = page.read_text(encoding="utf-8")
    not_measured = "".join(f"\nNot measured: {one}.\n" for one in failed)
    made = f"\n{size}\n\n{format_table(goals)}{not_measured}\n"
    page.write_text(_TABLE.sub(lambda _: made, text), encoding="utf-8")
