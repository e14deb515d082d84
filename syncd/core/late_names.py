"""Let a package import its modules when one of their names is first used.

A command that needs one name of a package then does not import the modules of all the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def import_late(package: str, names: Mapping[str, str]) -> Callable[[str], object]:
    """Return the `__getattr__` of a package. `names` are those that it takes out of each of its modules, by blanks."""
    modules = {name: module for module, given in names.items() for name in given.split()}

    def find(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found: object = getattr(import_module(f"{package}.{modules[name]}"), name)
        setattr(import_module(package), name, found)  # Python does not ask for it again
        return found

    return find
