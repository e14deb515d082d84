"""What the import contract of the pure half cannot see: built-in input and output, the clock, and parts of a package."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import syncd

PACKAGE = Path(syncd.__path__[0])
FILES = sorted(path for room in ("core", "sources", "report") for path in (PACKAGE / room).rglob("*.py"))
BUILT_IN = {"open", "print", "input", "breakpoint", "eval", "exec"}
ALLOWED = {"core/values.py": ["exec"]}
"""It compiles the `__init__` of a class from the names of its fields, as the standard library does."""
CLOCKS = {"now", "today", "utcnow"}


def find_effects(tree: ast.AST) -> list[str]:
    """Return the calls and imports that reach outside, in the order of the file."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in BUILT_IN:
                found.append(name)
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCKS:
                found.append(name)
            case ast.ImportFrom(module="urllib.request"):
                found.append("urllib.request")
            case ast.Import(names=names):
                found += [one.name for one in names if one.name == "urllib.request"]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_pure_half_neither_reads_nor_prints_nor_asks_the_time(path: Path) -> None:
    assert find_effects(ast.parse(path.read_text(encoding="utf-8"))) == ALLOWED.get(str(path.relative_to(PACKAGE)), [])


@pytest.mark.parametrize(
    "source",
    [
        "open('x')",
        "print(1)",
        "datetime.now(UTC)",
        "date.today()",
        "import urllib.request",
        "from urllib.request import urlopen",
    ],
)
def test_each_effect_is_found(source: str) -> None:
    assert find_effects(ast.parse(source))
