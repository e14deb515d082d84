"""One name, one meaning: modules and public classes have names of their own, and the glossary stays short."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import syncd
from syncd.cli.registry import list_command_names

PACKAGE = Path(syncd.__path__[0])
ARCHITECTURE = PACKAGE.parent / "docs" / "explanation" / "architecture.md"
MOST_TERMS = 30
SHARED_MODULES = {
    "__init__": "every package has one",
    "plan": "a comparison and a backfill each have a plan",
    "text": "the text format of a comparison, and the package of all other text",
    "html": "the HTML format of a comparison, and the package of the report page",
    "errors": "the tree of errors, and what the command line makes of them",
    "diff": "the rule that compares two digests, and the package that prints the differences",
    "history": "what happened to a paper, and the papers that the rehearsal's arXiv announces",
    "oai": "arXiv's OAI service, read in `sources` and played in `rehearsal`",
    "terminal": "what a terminal is like, and how words are formatted for it",
}
"""Names that several modules may have, with the reason. A command may also share its name with its use case."""


def list_modules() -> dict[str, list[str]]:
    """Return the modules and packages by their last name."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        part = path.relative_to(PACKAGE)
        if part.name != "__init__.py":
            found[part.stem].append(str(part))
    return found


def list_public_classes() -> dict[str, list[str]]:
    """Return the public classes by name."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(path.relative_to(PACKAGE)))
    return found


def list_terms() -> list[str]:
    """Return the terms of the glossary in docs/explanation/architecture.md."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    glossary = text.partition("\n## Glossary\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| \*\*(.+?)\*\*", glossary, re.MULTILINE)


def test_every_module_has_a_name_of_its_own() -> None:
    commands = set(list_command_names())
    shared = {}
    for name, paths in list_modules().items():
        others = [path for path in paths if not path.startswith("cli/commands/")] if name in commands else paths
        if len(others) > 1 and name not in SHARED_MODULES:
            shared[name] = others
    assert shared == {}


def test_every_public_class_has_a_name_of_its_own() -> None:
    assert {name: paths for name, paths in list_public_classes().items() if len(paths) > 1} == {}


def test_the_glossary_explains_at_most_thirty_terms_once_each() -> None:
    terms = list_terms()
    assert 0 < len(terms) <= MOST_TERMS
    assert len(set(terms)) == len(terms)
    assert terms == sorted(terms, key=str.casefold)
