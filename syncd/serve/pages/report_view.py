"""The report: the whole archive on one page, as `syncd report` shows it."""

from __future__ import annotations

from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING

from syncd.report.html import report_page
from syncd.report.html.page_links import SiteLinks
from syncd.report.report_fields import of_report
from syncd.serve.visit import Form
from syncd.usecases.inspect.report import gather_facts
from syncd.usecases.inspect.report_figures import measure_folder

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.serve.document import Document
    from syncd.serve.visit import Visit

_MEASURED_FOR = 600
"""Seconds for which the size of the vault is not measured again: after years it has tens of thousands of files."""


def show_report(visit: Visit) -> Document:
    """Return the page, or the object that `syncd report --json` prints."""
    facts = gather_facts(visit.work, in_full=False, measure_folder=measure_seldom)
    if visit.form is Form.JSON:
        return visit.json("report", of_report(facts))
    return visit.html("report.html", **report_page.make_values(facts, SiteLinks(visit.base)))


def measure_seldom(folder: Path) -> int | None:
    """Return the bytes in a folder as they were at most ten minutes ago. None where it could not be read."""
    return _measure_in(folder, int(monotonic() // _MEASURED_FOR))


@lru_cache(maxsize=2)
def _measure_in(folder: Path, period: int) -> int | None:  # noqa: ARG001  another period is another measurement
    return measure_folder(folder)
