"""Tests of `syncd.core.results`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from syncd.core import results


def test_every_result_is_offered_under_its_name() -> None:
    assert [getattr(results, name).__name__ for name in results.__all__] == results.__all__
    assert sorted(name for names in results._MODULES.values() for name in names) == results.__all__


def test_there_is_no_other_result() -> None:
    with pytest.raises(AttributeError, match="Result"):
        results.Result  # noqa: B018  the lookup itself is what is tested


def test_a_result_is_imported_without_those_of_other_commands() -> None:
    code = (
        "import sys; from syncd.core.results import Run; print(*(name for name in sys.modules if '.results.' in name))"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ended.stdout.split() == ["syncd.core.results.run_results"]
