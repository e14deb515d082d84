"""A package that imports its modules late has the same names as one that imports them at once."""

from __future__ import annotations

import ast
import importlib
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest, markup
from syncd.core.late_names import import_late
from syncd.sources import listing

if TYPE_CHECKING:
    from types import ModuleType

PACKAGES = [digest, markup, listing]


def read_imports(package: ModuleType) -> dict[str, str]:
    """Return the names that type checkers see in a package, each with its module."""
    with open(str(package.__file__), encoding="utf-8") as file:  # noqa: PTH123  a module has a text for a path
        tree = ast.parse(file.read())
    (checked,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in checked.body if isinstance(node, ast.ImportFrom)]
    return {one.name: str(node.module) for node in imports for one in node.names}


@pytest.mark.parametrize("package", PACKAGES)
def test_each_name_is_that_of_the_module_that_type_checkers_see(package: ModuleType) -> None:
    imports = read_imports(package)
    assert sorted(imports) == sorted(package.__all__)
    for name, module in imports.items():
        assert getattr(package, name) is getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_no_other_names(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match="unknown"):
        _ = package.unknown


def test_a_name_is_looked_for_once() -> None:
    find = import_late(digest.__name__, {"form": "MONTHS"})
    assert "MONTHS" not in vars(digest)
    try:
        assert find("MONTHS") is vars(digest)["MONTHS"]
    finally:
        del digest.MONTHS  # type: ignore[attr-defined]
