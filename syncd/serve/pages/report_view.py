"""The report: the whole archive on one page, as `syncd report` gathers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.report.html import report_page
from syncd.serve.visit import Form
from syncd.usecases.inspect.report import gather_facts

if TYPE_CHECKING:
    from syncd.serve.document import Document
    from syncd.serve.visit import Visit


def show_report(visit: Visit) -> Document:
    """Return the page, or the object that `syncd report --json` prints."""
    facts = gather_facts(visit.work)
    if visit.form is Form.JSON:
        return visit.json("report", report_page.fields(facts))
    return visit.html(
        "report.html", sections=report_page.list_sections(facts), held=report_page.describe_held(facts.status)
    )
