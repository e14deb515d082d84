"""A module stays small enough to be read in one sitting."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

import syncd

PACKAGE = Path(syncd.__path__[0])
MOST_LINES = 250
NO_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}


def count_code_lines(source: str) -> int:
    """Return the number of lines with code: no blank line, no comment, and no string that stands alone, as a docstring does."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {line for one in tokens if one.type not in NO_CODE for line in range(one.start[0], one.end[0] + 1)}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def test_only_lines_with_code_are_counted() -> None:
    assert count_code_lines('"""One.\n\nTwo.\n"""\n\n# why\nvalue = (\n    1,  # one\n)\n"""About the value."""\n') == 3


def test_no_module_has_more_than_250_lines_of_code() -> None:
    sources = {str(path.relative_to(PACKAGE)): path.read_text("utf-8") for path in PACKAGE.rglob("*.py")}
    # To count takes a while: a module with few lines of any kind need not be looked at.
    sizes = {name: count_code_lines(source) for name, source in sources.items() if source.count("\n") > MOST_LINES}
    assert {name: lines for name, lines in sizes.items() if lines > MOST_LINES} == {}
