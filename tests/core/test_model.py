"""The values of the pure half, and the ids of papers."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING

import pytest

import syncd.core
from syncd.core.model import PaperId, id_month, paper_id, versioned_id

if TYPE_CHECKING:
    from collections.abc import Iterator


def list_dataclasses() -> Iterator[type]:
    for found in pkgutil.walk_packages(syncd.core.__path__, "syncd.core."):
        for _, kind in inspect.getmembers(importlib.import_module(found.name), inspect.isclass):
            if dataclasses.is_dataclass(kind) and kind.__module__ == found.name:
                yield kind


@pytest.mark.parametrize("kind", tuple(list_dataclasses()), ids=lambda kind: kind.__name__)
def test_a_value_cannot_be_changed_and_has_slots(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__dict__" not in dir(kind)


@pytest.mark.parametrize(
    "text", ["2104.02703", "0704.0001", "9912.12345", "cs/0401001", "math.AG/0001001", "q-bio/0412001"]
)
def test_an_id_is_taken_as_it_is(text: str) -> None:
    assert paper_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2104.027",
        "2104.027030",
        "2100.02703",
        "2113.02703",
        "2104.02703v1",
        "arXiv:2104.02703",
        "2104.02703\n",
        "٢104.02703",
        "cs/0413001",
        "cs/040100",
        "CS/0401001",
        "math.ag/0001001",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an arXiv id"):
        paper_id(text)
    with pytest.raises(ValueError, match="not an arXiv id"):
        id_month(PaperId(text))


def test_a_refusal_quotes_the_first_forty_characters() -> None:
    with pytest.raises(ValueError, match=f"^not an arXiv id: '{'x' * 40}'$"):
        paper_id("x" * 60)
    with pytest.raises(ValueError, match=f"^not an arXiv id: '{'x' * 40}'$"):
        id_month(PaperId("x" * 60))


def test_a_version_is_split_from_its_id() -> None:
    assert versioned_id("2104.02703v12") == ("2104.02703", 12)
    assert versioned_id("cs/0401001v9999") == ("cs/0401001", 9999)
    assert versioned_id("2104.02703") == ("2104.02703", None)


@pytest.mark.parametrize("text", ["2104.02703v0", "2104.02703v10000", "2104.02703v", "v1"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an arXiv id"):
        versioned_id(text)


@pytest.mark.parametrize(
    ("paper", "month"),
    [
        ("2104.02703", (2021, 4)),
        ("0704.0001", (2007, 4)),
        ("9012.00001", (2090, 12)),
        ("hep-th/9108001", (1991, 8)),
        ("hep-th/9912001", (1999, 12)),
        ("cs/0001001", (2000, 1)),
    ],
)
def test_an_id_carries_its_month(paper: str, month: tuple[int, int]) -> None:
    assert id_month(PaperId(paper)) == month
