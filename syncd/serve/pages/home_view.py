"""The first page: health in one line, the newest mailing, and a calendar with a link on every date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.model import State
from syncd.core.plural import pluralize
from syncd.core.troubles import is_well
from syncd.report.html.coverage_calendar import list_kinds, list_years
from syncd.report.json_fields import of_status
from syncd.serve.pages.feed_view import describe_counts
from syncd.serve.visit import Form
from syncd.usecases.inspect.status import status

if TYPE_CHECKING:
    from syncd.core.results import Status
    from syncd.serve.document import Document
    from syncd.serve.visit import Visit

_TITLES = 6


def show_home(visit: Visit) -> Document:
    """Return the page, or the coverage as `syncd status --json` prints it."""
    work = visit.work
    found = status(work)
    if visit.form is Form.JSON:
        return visit.json("status", of_status(found))
    newest = work.store.mailing(found.newest) if found.newest else None
    digest = work.store.digest(found.newest) if found.newest else None
    return visit.html(
        "home.html",
        is_well=is_well(found.troubles),
        health=describe_health(found),
        newest=newest,
        counts=describe_counts(newest) if newest else "",
        titles=[(one.id, one.title) for one in digest.entries[:_TITLES]] if digest else [],
        years=list(list_years(found.days)),
        kinds=list_kinds(found.days),
    )


def describe_health(found: Status) -> str:
    """Return in one line whether something is behind, missing or in trouble."""
    troubled = sum(day.state in {State.CONFLICT, State.FAILED, State.PARTIAL} for day in found.days)
    parts = [
        f"newest mailing {found.newest}" if found.newest else "no mailing is held yet",
        f"{pluralize(found.lag, 'mailing')} behind" if found.lag else "up to date",
        f"{pluralize(len(found.gaps), 'date')} missing" if found.gaps else "none missing",
    ]
    parts += [f"{pluralize(troubled, 'date')} in trouble"] if troubled else []
    return ", ".join(parts)
