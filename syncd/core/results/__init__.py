"""The results of use cases, as values: `report` makes text and JSON of them, `cli` the exit code.

The modules of the classes are imported when one of them is first used. A command has few results, and to make the classes of all
takes as long as a bare Python to start.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncd.core.results.backfill_results import (
        BackfillPlan,
        BackfillResult,
        HarvestCost,
        LostRecord,
        MonthComparison,
        PapersOutside,
    )
    from syncd.core.results.check_results import CheckResult, Problem
    from syncd.core.results.comparison_results import Comparison, DayFiles, NotCompared
    from syncd.core.results.run_results import DayOutcome, Done, Run, SkippedDate
    from syncd.core.results.search_matches import Match, Matches, MonthCount, MonthlyMatches
    from syncd.core.results.shown_results import Appearance, MailingDetails, PaperDetails
    from syncd.core.results.status_results import LostRows, Rest, Status

__all__ = [
    "Appearance",
    "BackfillPlan",
    "BackfillResult",
    "CheckResult",
    "Comparison",
    "DayFiles",
    "DayOutcome",
    "Done",
    "HarvestCost",
    "LostRecord",
    "LostRows",
    "MailingDetails",
    "Match",
    "Matches",
    "MonthComparison",
    "MonthCount",
    "MonthlyMatches",
    "NotCompared",
    "PaperDetails",
    "PapersOutside",
    "Problem",
    "Rest",
    "Run",
    "SkippedDate",
    "Status",
]

_MODULES = {
    "backfill_results": (
        "BackfillPlan",
        "BackfillResult",
        "HarvestCost",
        "LostRecord",
        "MonthComparison",
        "PapersOutside",
    ),
    "check_results": ("CheckResult", "Problem"),
    "comparison_results": ("Comparison", "DayFiles", "NotCompared"),
    "run_results": ("DayOutcome", "Done", "Run", "SkippedDate"),
    "search_matches": ("Match", "Matches", "MonthCount", "MonthlyMatches"),
    "shown_results": ("Appearance", "MailingDetails", "PaperDetails"),
    "status_results": ("LostRows", "Rest", "Status"),
}


def __getattr__(name: str) -> Any:
    """Return a class of this folder, whose module is imported now."""
    for module, classes in _MODULES.items():
        if name in classes:
            # Kept here, so that the next import of the class asks no more.
            globals()[name] = found = getattr(import_module(f"{__name__}.{module}"), name)
            return found
    raise AttributeError(name)
