"""The report: the whole archive on one page, as `syncd report` gathers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from syncd.report.html import charts, report_page
from syncd.serve.coverage_calendar import list_states, list_years
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
    problems = report_page.list_problems(facts)
    return visit.html(
        "report.html",
        facts=facts,
        held=report_page.describe_held(facts.status),
        tiles=report_page.list_tiles(facts),
        years=list(list_years(facts.status.days)),
        states=list_states(facts.status.days),
        problems=problems[: report_page.SHOWN],
        left_out=max(len(problems) - report_page.SHOWN, 0),
        growth=Markup(charts.growth(charts.months(facts.status.days))),  # noqa: S704  it is made of numbers and dates
        certainties=report_page.list_certainties(facts),
        measured=report_page.MEASURED,
        later=report_page.describe_later(facts),
    )
