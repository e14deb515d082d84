"""One visit of a page: what was asked, what it is answered from, and how an answer is written."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from syncd.core.values import dataclass
from syncd.report.json_text import as_json
from syncd.serve.document import ATOM, HTML, JSON, Document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from jinja2 import Environment
    from starlette.requests import Request

    from syncd.usecases.workspace import Workspace


class Form(StrEnum):
    """A form of an address, by the end of the address."""

    HTML = ""
    JSON = ".json"
    ATOM = ".atom"


class NotHere(Exception):
    """The address is that of nothing that is held. `near` are addresses with their names."""

    def __init__(self, what: str, near: Mapping[str, str] | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.near = near or {}


class BadQuestion(Exception):
    """The question cannot be answered as it was put: why, in words."""


class MovedTo(Exception):
    """The page has another address."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit. `work` is the archive, `base` what each link begins with: the path of the base URL."""

    request: Request
    work: Workspace
    templates: Environment
    form: Form
    base: str

    @property
    def archive(self) -> UUID:
        """The identity of the archive, of which the ids of feeds are made."""
        return self.work.archive

    @property
    def root(self) -> str:
        """The address of the site that people see, without a slash at its end: as configured, or as it was asked."""
        configured = self.work.config.serve.base_url
        if configured is not None:
            return configured
        asked = urlsplit(str(self.request.base_url))
        return f"{asked.scheme}://{asked.netloc}"

    def get(self, name: str, most: int = 400) -> str:
        """Return a parameter of the question without outer blanks. Raise BadQuestion where it is too long."""
        text = self.request.query_params.get(name, "").strip()
        if len(text) > most:
            raise BadQuestion(f"{name} has more than {most} characters")
        return text

    def html(self, template: str, status: int = 200, **values: Any) -> Document:
        """Return a page."""
        settings = self.work.config
        known = {
            "category": settings.archive.category,
            "path": self.request.url.path,
            "has_searches": bool(settings.searches.queries),
        }
        text = self.templates.get_template(template).render(**known, **values)
        return Document(text.encode("utf-8", "replace"), HTML, status)

    def json(self, command: str, fields: Mapping[str, object]) -> Document:
        """Return the object that the command prints with `--json`."""
        text = as_json({"command": command, "exit_code": 0, **fields})
        return Document(text.encode("utf-8", "replace"), JSON)

    def atom(self, **values: Any) -> Document:
        """Return a feed."""
        known = {"category": self.work.config.archive.category, "root": self.root, "question": None}
        text = self.templates.get_template("feed.xml").render(known | values)
        return Document(text.encode("utf-8", "replace"), ATOM)
