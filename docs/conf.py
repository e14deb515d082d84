"""Configure the site that `make docs` builds: MyST Markdown, set by Sphinx in the theme Furo.

Nothing is fetched when a page is read: Furo brings its scripts and uses the fonts of the reader's system.
"""

# ruff: noqa: INP001 - a script, not a package

import re
from pathlib import Path

from pygments.lexers.sql import SqlLexer
from sphinx.application import Sphinx

_ROOT = Path(__file__).resolve().parents[1]

project = "syncd"
author = "the syncd authors"
release = re.findall(r'__version__ = "(.+)"', (_ROOT / "syncd" / "__init__.py").read_text(encoding="utf-8"))[0]

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["man"]
nitpicky = True
highlight_language = "none"  # an indented block is what a terminal shows
myst_heading_anchors = 3  # as code hosts make them, so that a link works on both
myst_links_external_new_tab = False

html_theme = "furo"
html_title = f"syncd {release}"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False


def setup(app: Sphinx) -> None:
    """Colour the queries of SQLite as other SQL."""
    app.add_lexer("sqlite", SqlLexer)
