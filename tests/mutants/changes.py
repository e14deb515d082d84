"""The changes that can be made to a module, one at a time."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]

OPERATORS = (
    *(
        "ReplaceAndWithOr",
        "ReplaceOrWithAnd",
        "AddNot",
        "ReplaceUnaryOperator_Delete_Not",
        "ReplaceUnaryOperator_USub_UAdd",
    ),
    *("ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "NumberReplacer"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ZeroIterationForLoop", "ExceptionReplacer"),
    *(f"ReplaceComparisonOperator_{swap}" for swap in ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")),
    *(f"ReplaceComparisonOperator_{swap}" for swap in ("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt")),
    *(f"ReplaceComparisonOperator_{swap}" for swap in ("Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt")),
    *(f"ReplaceBinaryOperator_{swap}" for swap in ("Add_Sub", "Sub_Add", "Mul_Add", "Div_Mul", "FloorDiv_Mul")),
    *(f"ReplaceBinaryOperator_{swap}" for swap in ("Mod_Add", "BitOr_BitAnd", "BitAnd_BitOr", "LShift_RShift")),
)
"""Numbers move by one, comparisons lose or gain their equality and are turned round, conditions are negated, loops are skipped.

The other operators of Cosmic Ray repeat these (`<` to each of seven others) or change nothing (`is None` to `== None`).
"""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed module: its `line` `before` and `after`, and the first and last line of the outermost function around it.

    `function` is None for what runs at import, such as constants and defaults.
    """

    path: str
    line: int
    before: str
    after: str
    source: str
    function: tuple[int, int] | None


def list_mutants(path: str) -> Iterator[Mutant]:
    """Yield every mutant of a module that means something else than the module.

    The order is fixed but arbitrary, so that the first thirty are a fair sample. It follows from the text of the changed line
    alone: an edit elsewhere in the module leaves most of the sample as it was.
    """
    source = (ROOT / path).read_text(encoding="utf-8")
    original, lines = _dump_meaning(source), source.splitlines()
    changes = sorted(_find_changes(source), key=lambda change: _hash(path, change, lines[change[2] - 1]))
    for name, occurrence, line in changes:
        try:
            changed = mutate_code(source, get_operator(f"core/{name}")(), occurrence)
        except AttributeError:
            continue  # Cosmic Ray cannot replace an exception whose name has a dot, as in `except (zlib.error, ValueError)`
        meaning = _dump_meaning(changed)
        if meaning is not None and meaning != original:
            before, after = _first_difference(source, changed)
            yield Mutant(path, line, before, after, changed, _find_function(source, line))


def _find_changes(source: str) -> Iterator[tuple[str, int, int]]:
    """Yield the operator, its occurrence in the module, and the line of every change."""
    nodes = list(ast_nodes(get_ast(source)))
    for name in OPERATORS:
        operator = get_operator(f"core/{name}")()
        positions = (position for node in nodes for position in operator.mutation_positions(node))
        for occurrence, ((line, _), _) in enumerate(positions):
            yield name, occurrence, line


def _hash(path: str, change: tuple[str, int, int], line: str) -> bytes:
    return hashlib.sha256(f"{path} {line} {change[0]} {change[1]}".encode()).digest()


def _dump_meaning(source: str) -> str | None:
    """Return the syntax tree of a module without what means nothing to a test; None where the source is not valid.

    Annotations are never evaluated, and the slots of a class only save memory.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.keyword) and node.arg == "slots":
            node.value = ast.Constant(None)
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "not TYPE_CHECKING"}:
            node.test = ast.Constant(None)
    return ast.dump(tree)


def _first_difference(source: str, changed: str) -> tuple[str, str]:
    pairs = zip(source.splitlines(), changed.splitlines(), strict=False)
    return next((before.strip(), after.strip()) for before, after in pairs if before != after)


def _find_function(source: str, line: int) -> tuple[int, int] | None:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.body[0].lineno <= line <= (node.end_lineno or line):
            return min([node.lineno, *(one.lineno for one in node.decorator_list)]), node.end_lineno or line
    return None
