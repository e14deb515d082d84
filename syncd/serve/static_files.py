"""The files that every page uses, read once: a style sheet, a small script, an icon."""

from __future__ import annotations

from importlib.resources import files

from syncd.report.html.page_templates import STYLE_FILE, read_style
from syncd.serve.document import Document

STATIC = "static"
_KINDS = {
    "keys.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_LASTING = "public, max-age=31536000, immutable"


def read_static_files() -> dict[str, Document]:
    """Return the files by their names. What they are called in a page changes with their content."""
    folder = files("syncd.serve") / STATIC
    made = {name: Document((folder / name).read_bytes(), kind, caching=_LASTING) for name, kind in _KINDS.items()}
    return made | {STYLE_FILE: Document(read_style().encode(), "text/css; charset=utf-8", caching=_LASTING)}
