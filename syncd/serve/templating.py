"""The templates of the pages: every value is escaped, unless it went through `foreign_text`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from jinja2 import PackageLoader
from markupsafe import Markup, escape

from syncd import __version__
from syncd.report.html.page_templates import make_environment
from syncd.serve.foreign_text import show_abstract, show_names, show_title

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def make_templates(base: str, static: Mapping[str, str]) -> Environment:
    """Return the templates. `base` begins each address, and `static` has the addresses of the files that pages use."""
    made = make_environment(PackageLoader("syncd.serve"))

    def link(path: str, **question: object) -> str:
        if not question:
            return base + quote(path)
        given = {name: value for name, value in question.items() if value not in {None, ""}}
        return f"{base}{quote(path)}{f'?{urlencode(given)}' if given else ''}"

    def address(path: str, **question: object) -> str:
        return link(path, **question).removeprefix(base)

    made.globals |= {"link": link, "address": address, "static": static, "version": __version__}
    made.filters |= {
        "title_html": show_title,
        "abstract_html": show_abstract,
        "names_html": show_names,
        "moment3339": _format_rfc3339,
        "xml": _escape_xml,
    }
    return made


def _format_rfc3339(when: date | datetime) -> str:
    """Return a moment as feeds have it. A listing date counts from its midnight in UTC."""
    moment = when if isinstance(when, datetime) else datetime.combine(when, time(), UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _escape_xml(text: str) -> Markup:
    """Return a text for a place in XML. What XML cannot have is left out."""
    return escape(_NOT_XML.sub("", str(text)))
