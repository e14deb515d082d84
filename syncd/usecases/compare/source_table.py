"""The sources of a comparison, found by their files: `from_NAME.py` in this package holds the source NAME.

The command line reads the names and summaries for its help. It must not import a source before that source is asked.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from typing import TYPE_CHECKING

from syncd.usecases import compare

if TYPE_CHECKING:
    from syncd.usecases.compare.source_view import Source

AUTO = "auto"
"""Choose for each date the first source that reaches it, among those that have a rank for it."""
_PREFIX = "from_"


def list_names() -> list[str]:
    """Return the names of all sources, sorted."""
    modules = (found.name for found in pkgutil.iter_modules(compare.__path__))
    return sorted(name.removeprefix(_PREFIX) for name in modules if name.startswith(_PREFIX))


def load_source(name: str) -> Source:
    """Import the source of this name. ModuleNotFoundError when no file holds it."""
    source: Source = importlib.import_module(f"{compare.__name__}.{_PREFIX}{name}").SOURCE
    return source


def load_auto_sources() -> list[tuple[str, Source]]:
    """Import all sources, and return those that are chosen automatically with their names, by their rank."""
    sources = ((name, load_source(name)) for name in list_names())
    ranked = [(source.auto, name, source) for name, source in sources if source.auto is not None]
    return [(name, source) for _, name, source in sorted(ranked, key=lambda one: one[:2])]


def summarize(name: str) -> str:
    """Return what a source compares with, from the first line of its file, without importing it."""
    module = importlib.util.find_spec(f"{compare.__name__}.{_PREFIX}{name}")
    read = getattr(module and module.loader, "get_source", None)
    first_line = str(read(module.name)).partition("\n")[0] if module and read else ""
    return first_line.partition("`: ")[2].strip().strip('"').removesuffix(".")
