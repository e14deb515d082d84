"""A frozen class that is made quickly does what the same class of the standard library does."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core import values

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMES = st.lists(st.sampled_from(["day", "papers", "url", "state", "make", "name"]), unique=True, max_size=5)
_VALUES = st.none() | st.integers() | st.text(max_size=5) | st.tuples(st.integers(), st.text(max_size=2))


def _make_class(decorate: Any, names: list[str], defaults: list[object]) -> Any:
    """Return a class whose last fields have these defaults."""
    body: dict[str, Any] = {"__module__": __name__, "__annotations__": dict.fromkeys(names, "object")}
    body |= zip(reversed(names), defaults, strict=False)
    return decorate(frozen=True, slots=True)(type("Made", (), body))


def _set(given: list[object], name: str, kind: Any) -> None:
    setattr(kind(*given), name, 1)


def _delete(given: list[object], name: str, kind: Any) -> None:
    delattr(kind(*given), name)


def _run(work: Callable[[], object]) -> tuple[object, object]:
    try:
        return work(), None
    except (AttributeError, TypeError) as error:
        return type(error), str(error)


@given(_NAMES, st.lists(_VALUES, max_size=5), st.lists(_VALUES, max_size=6), st.lists(_VALUES, max_size=6))
def test_does_what_the_standard_library_does(
    names: list[str], defaults: list[object], one: list[object], other: list[object]
) -> None:
    quick, plain = (_make_class(decorate, names, defaults) for decorate in (values.dataclass, dataclasses.dataclass))
    assert inspect.signature(quick) == inspect.signature(plain)
    assert (quick.__slots__, quick.__match_args__) == (plain.__slots__, plain.__match_args__)
    steps: list[Callable[[Any], object]] = [
        lambda kind: repr(kind(*one)),
        lambda kind: dataclasses.astuple(kind(*one)),
        lambda kind: dataclasses.asdict(kind(*one)),
        lambda kind: kind(*one) == kind(*other),
        lambda kind: kind(*one) == kind(*one),
        lambda kind: hash(kind(*one)) == hash(kind(*copy.deepcopy(one))),
        lambda kind: dataclasses.astuple(dataclasses.replace(kind(*one), **dict(zip(names[:2], other, strict=False)))),
        lambda kind: dataclasses.astuple(copy.deepcopy(kind(*one))),
        *(partial(_set, one, name) for name in names),
        *(partial(_delete, one, name) for name in names),
    ]
    for work in steps:
        assert _run(lambda: work(quick)) == _run(lambda: work(plain))  # noqa: B023  called at once


@values.dataclass(frozen=True, slots=True)
class _Mailing:
    """A class with all that syncd puts into one."""

    KINDS: ClassVar[tuple[str, ...]] = ("new", "cross")
    day: str
    papers: int | None = None

    @property
    def is_empty(self) -> bool:
        return not self.papers

    def __str__(self) -> str:
        return f"{self.day}: {self.papers}"


@values.dataclass(frozen=True, slots=True)
class _Listing:
    mailings: list[object] = dataclasses.field(default_factory=list)


@values.dataclass(frozen=True, slots=True)
class _Cross(_Mailing):
    crossed: int = 0


def test_methods_and_class_variables_stay() -> None:
    assert (str(_Mailing("2024-01-02", 3)), _Mailing("2024-01-02").is_empty) == ("2024-01-02: 3", True)
    assert [field.name for field in dataclasses.fields(_Mailing)] == ["day", "papers"]


def test_is_pickled_and_copied() -> None:
    held = _Mailing("2024-01-02", 3)
    assert pickle.loads(pickle.dumps(held)) == copy.copy(held) == held  # noqa: S301  it was made here


def test_a_value_of_another_class_is_another_value() -> None:
    assert _Mailing("2024-01-02", 3) != _Cross("2024-01-02", 3)
    others: tuple[object, ...] = (("2024-01-02", 3), None)
    assert _Mailing("2024-01-02", 3) not in others


def test_nothing_new_is_set() -> None:
    held: Any = _Mailing("2024-01-02")
    with pytest.raises(dataclasses.FrozenInstanceError):
        held.url = "https://arxiv.org"


def test_a_class_with_options_of_fields_or_a_base_class_is_frozen_as_well() -> None:
    for one in (_Listing(), _Cross("2024-01-02", 3, 1), _Mailing("2024-01-02")):
        for field in dataclasses.fields(one):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(one, field.name, None)


def test_a_value_that_contains_itself_is_shown() -> None:
    held: list[object] = []
    outer = _make_class(values.dataclass, ["name"], [])(held)
    held.append(outer)
    assert repr(outer) == "Made(name=[...])"


def test_a_field_without_default_does_not_follow_one_with_a_default() -> None:
    body = {"__module__": __name__, "__annotations__": {"day": "str", "papers": "int"}, "day": "2024-01-02"}
    with pytest.raises((TypeError, SyntaxError)):
        values.dataclass(frozen=True, slots=True)(type("Wrong", (), body))
