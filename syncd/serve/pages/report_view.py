"""The report: the whole archive on one page, as `syncd report` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.report.html import report_page
from syncd.report.html.page_links import SiteLinks
from syncd.serve.visit import Form
from syncd.usecases.inspect.report import gather_facts

if TYPE_CHECKING:
    from syncd.serve.document import Document
    from syncd.serve.visit import Visit


def show_report(visit: Visit) -> Document:
    """Return the page, or the object that `syncd report --json` prints."""
    facts = gather_facts(visit.work, asks_git=False)
    if visit.form is Form.JSON:
        return visit.json("report", report_page.fields(facts))
    return visit.html("report.html", **report_page.make_values(facts, SiteLinks(visit.base)))
