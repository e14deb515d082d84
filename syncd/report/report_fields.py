"""Return what the report shows as the plain fields of the JSON contract. Fields are only added, never renamed or removed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from syncd.core.mailing.expected_right import EXPECTED_RIGHT
from syncd.core.model import Certainty
from syncd.report.history_text import change_fields, knowledge_fields
from syncd.report.html import charts
from syncd.report.html.report_page import list_weekdays
from syncd.report.json_fields import of_deletion, of_host, of_status

if TYPE_CHECKING:
    from syncd.core.report_facts import ReportFacts
    from syncd.report.json_fields import Fields


def of_report(facts: ReportFacts) -> Fields:
    """Return the content of the report."""
    return of_status(facts.status) | {
        "category": facts.category,
        "states": dict(Counter(day.state for day in facts.status.days)),
        "months": [
            {"month": f"{one.first:%Y-%m}", "new": one.new, "cross": one.cross, "unknown": one.unknown}
            for one in charts.months(facts.status.days)
        ],
        "problems": [
            {"date": str(one.day) if one.day else None, "code": one.code, "message": one.message}
            for one in facts.problems
        ],
        "files_not_read": facts.unread,
        "placed": {kind: facts.placed.get(kind, 0) for kind in Certainty},
        "expected_right": dict(EXPECTED_RIGHT),
        "papers": facts.papers,
        "revised": facts.revised if facts.known.asked else None,
        "withdrawn": facts.withdrawn if facts.known.asked else None,
        "lately": [change_fields(one) for one in facts.lately],
        "known": knowledge_fields(facts.known),
        "deleted": [
            {"id": one.id, "date": str(one.day), "title": one.title} | of_deletion(one.deletion)
            for one in facts.deleted
        ],
        "paragraphs_unknown": facts.paragraphs_unknown,
        "hosts": [of_host(one) for one in facts.hosts],
        **_list_figures(facts),
    }


def _list_figures(facts: ReportFacts) -> Fields:
    """Return the figures by weekday and by month, the sizes, and the state of the checkout that is published from."""
    sizes, git = facts.sizes, facts.git
    return {
        "weekdays": [
            {
                "weekday": one.name,
                "mailings": one.mailings,
                "papers": round(one.papers, 1),
                "new": round(one.new, 1),
                "cross": round(one.cross, 1),
            }
            for one in list_weekdays(facts.status.days)
        ],
        "delays": [
            {"month": f"{one.first:%Y-%m}", "within_hour": one.hour, "within_day": one.day, "later": one.later}
            for one in facts.delays
        ],
        "requests": [
            {"month": f"{one.first:%Y-%m}", "answered": one.answered, "paused": one.paused, "failed": one.failed}
            for one in facts.requests
        ],
        "sizes": sizes and {"digests": sizes.digests, "database": sizes.database, "vault": sizes.vault},
        "git": git
        and {
            "branch": git.branch,
            "commit": git.commit,
            "waiting": git.waiting,
            "pushed": git.is_pushed,
            "problem": git.problem or None,
        },
    }
