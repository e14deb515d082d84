"""The pages of what cannot be shown: nothing has this address, the question is odd, the archive cannot be read."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from syncd.core.errors import SyncdError
from syncd.core.typed_id import parse_typed_id
from syncd.report.json_text import as_json
from syncd.serve.document import HTML, JSON, Document
from syncd.serve.visit import BadQuestion, Form, NotHere

if TYPE_CHECKING:
    from jinja2 import Environment

    from syncd.usecases.workspace import Workspace

_NAMES = ("/", "/search", "/searches", "/differences", "/requests", "/report", "/feed.atom")
_BROKEN = "The archive cannot be read at the moment. The log of the server says why."


def find_nearest(path: str, work: Workspace) -> NotHere:
    """Return that nothing has an address, with the addresses that may have been meant."""
    asked = path.strip("/")
    for form in (Form.JSON, Form.ATOM):
        asked = asked.removesuffix(form)
    last = asked.removeprefix("paper/")
    try:
        paper, _ = parse_typed_id(last)
    except ValueError:
        pass
    else:
        return NotHere("There is no such address.", {f"/paper/{paper}": f"the paper {paper}"})
    try:
        day = date.fromisoformat(last)
    except ValueError:
        near = get_close_matches(f"/{asked}", _NAMES, n=2, cutoff=0.5)
        return NotHere("There is no such address.", {one: one for one in near})
    return miss_day(day, work)


def miss_day(day: date, work: Workspace) -> NotHere:
    """Return that a date has no page, with the mailings next to it."""
    around = work.store.find_neighbours(day)
    near = {f"/{one}": f"the mailing of {one}" for one in around if one is not None}
    return NotHere(f"The archive says nothing of {day}.", near)


def show_error(templates: Environment, path: str, form: Form, error: Exception) -> Document:
    """Return the page of an error, or the object where JSON was asked for."""
    status, code, words, near = _describe(error)
    if form is Form.JSON:
        fields = {"code": code, "message": words, "help": ", ".join(near)}
        exit_code = {404: 3, 503: 6, 500: 70}.get(status, 2)
        text = as_json({"command": None, "exit_code": exit_code, "error": fields})
        return Document(text.encode("utf-8", "replace"), JSON, status)
    page = templates.get_template("error.html").render(
        category="", path=path, has_searches=False, status=status, words=words, near=near, form=form
    )
    return Document(page.encode("utf-8", "replace"), HTML, status)


def _describe(error: Exception) -> tuple[int, str, str, dict[str, str]]:
    match error:
        case NotHere():
            return 404, "not-found", error.what, dict(error.near)
        case BadQuestion():
            return 400, "usage", f"{error}.".capitalize(), {}
        case SyncdError():
            return 503, error.code, _BROKEN, {}
        case HTTPException(status_code=405):
            return 405, "usage", "These pages are only read: the methods are GET and HEAD.", {}
        case HTTPException():
            return error.status_code, "usage", error.detail, {}
    return 500, "internal", "Something went wrong here. The log of the server says what.", {}
