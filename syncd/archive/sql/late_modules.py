"""Keep two modules of the standard library from being imported with SQLAlchemy, which uses them for what syncd does not do.

`asyncio` is for drivers of another kind, `importlib.metadata` finds the drivers of other packages. With `ssl`, `email` and what
else they import, they take a tenth of the time of a reading command, three times that of a Python that does nothing.

`importlib.util.LazyLoader` would not help: SQLAlchemy takes a function out of asyncio while it is imported, and before Python
3.11.9 two threads could see such a module half loaded (https://github.com/python/cpython/issues/114763).
"""

from __future__ import annotations

import importlib
import sys
import threading
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LATE = {"asyncio": ("iscoroutine",), "importlib.metadata": ()}
"""The modules, and the functions that SQLAlchemy takes out of them while it is imported, to call them later or never."""


class _StandIn(ModuleType):
    """What SQLAlchemy holds in place of a module. It passes everything on to the real one, which it imports by then."""

    def __getattr__(self, name: str) -> Any:
        _withdraw(self)
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def import_later() -> Iterator[None]:
    """In this block, import stand-ins. Everyone who imports the modules afterwards gets the real ones.

    It does nothing where other threads run, which could import the modules at the same time, or where they are there already.
    """
    made = [] if threading.active_count() > 1 else [_make(name) for name in _LATE if name not in sys.modules]
    try:
        yield
    finally:
        for stand_in in made:
            _withdraw(stand_in)


def _make(name: str) -> _StandIn:
    made = _StandIn(name)
    for function in _LATE[name]:
        setattr(made, function, _pass_on(name, function))
    sys.modules[name] = made
    package, _, inner = name.rpartition(".")
    if package:
        # `import a.b` binds only `a`, so that this is where SQLAlchemy looks for it. The real module takes its place.
        setattr(sys.modules[package], inner, made)
    return made


def _pass_on(module: str, function: str) -> Callable[..., Any]:
    def call(*given: Any) -> Any:
        return getattr(importlib.import_module(module), function)(*given)

    return call


def _withdraw(stand_in: _StandIn) -> None:
    if sys.modules.get(stand_in.__name__) is stand_in:
        del sys.modules[stand_in.__name__]
