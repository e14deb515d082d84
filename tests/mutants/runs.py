"""Runs of pytest inside this process: one that records what every test does, and one that has a mutant in place of a module."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings

from tests.mutants.changes import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, FrameType, ModuleType

    from tests.mutants.changes import Mutant


@dataclass(slots=True)
class Recording:
    """What tests do, by their node id.

    `seconds` are those of the processor, not of the clock. `functions` are the ones a test calls, each as (path, first line).
    """

    seconds: dict[str, float] = field(default_factory=dict)
    functions: dict[str, frozenset[tuple[str, int]]] = field(default_factory=dict)


class Recorder:
    """A pytest plugin that fills a recording."""

    def __init__(self) -> None:
        self.recording = Recording()
        self._called: set[CodeType] = set()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._called = set()
        started = time.process_time()
        sys.settrace(self._note_call)
        threading.settrace(self._note_call)
        yield
        sys.settrace(None)
        threading.settrace(None)
        self.recording.seconds[item.nodeid] = time.process_time() - started
        self.recording.functions[item.nodeid] = frozenset(
            (os.path.relpath(code.co_filename, ROOT), code.co_firstlineno)
            for code in self._called
            if code.co_filename.startswith(f"{ROOT}/syncd/")
        )

    def _note_call(self, frame: FrameType, event: str, arg: object) -> None:
        self._called.add(frame.f_code)  # Python asks for the lines of the call too only if a function is returned


class Chooser:
    """A pytest plugin that runs the chosen tests only, in the order given."""

    def __init__(self, chosen: Sequence[str]) -> None:
        self._ranks = {test: rank for rank, test in enumerate(chosen)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = (item for item in items if item.nodeid in self._ranks)
        items[:] = sorted(chosen, key=lambda item: self._ranks[item.nodeid])


class MutantLoader(SourceFileLoader):
    """Gives a module the code of a mutant."""

    code: CodeType

    def get_code(self, fullname: str) -> CodeType:
        return self.code


class MutantFinder:
    """Finds the one module that is changed; every other one is found in the usual way."""

    def __init__(self, mutant: Mutant) -> None:
        self._path = str(ROOT / mutant.path)
        self._name = mutant.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self._code = compile(mutant.source, self._path, "exec", dont_inherit=True)

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != self._name:
            return None
        loader = MutantLoader(name, self._path)
        loader.code = self._code
        return importlib.util.spec_from_file_location(name, self._path, loader=loader)


def record(tests: str) -> tuple[int, Recording]:
    """Run a file of tests with nothing changed; return pytest's exit code, and what the tests do."""
    recorder = Recorder()
    return _run_pytest([tests], recorder), recorder.recording


def is_noticed(mutant: Mutant, chosen: Sequence[str]) -> bool:
    """Return whether one of the chosen tests fails with this mutant.

    The process must not have imported the package before, and is of no use afterwards.
    """
    if not chosen:
        return False
    sys.meta_path.insert(0, MutantFinder(mutant))
    files = list(dict.fromkeys(test.partition("::")[0] for test in chosen))
    return _run_pytest(files, Chooser(chosen)) != pytest.ExitCode.OK


def _run_pytest(files: list[str], plugin: object) -> int:
    # The same examples in every run; none is made small, which takes long, nor kept for runs that have nothing changed.
    hypothesis_settings.register_profile(
        "mutants",
        database=None,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=tuple(HealthCheck),
    )
    hypothesis_settings.load_profile("mutants")
    # The children are killed when they take too long, so that the time limit of a test can be left out.
    # Plain assertions say less about a failure, which is not shown here, and load faster.
    options = ["-x", "-q", "-o", "timeout=0", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist"]
    options += ["-m", "not postgres and not slow"]
    with tempfile.TemporaryDirectory() as scratch:
        return int(pytest.main([*options, f"--basetemp={scratch}/tests", *files], plugins=[plugin]))
