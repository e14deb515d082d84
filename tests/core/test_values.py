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
    url: str = dataclasses.field(repr=False)
    mailings: list[object] = dataclasses.field(default_factory=list)


@values.dataclass(frozen=True, slots=True)
class _Found:
    papers: int
    found: int = dataclasses.field(init=False, default=0)


@values.dataclass(frozen=True, slots=True)
class _Counts:
    papers: int
    seen: int = dataclasses.field(compare=False, default=1)


@values.dataclass(frozen=True, slots=True)
class _Named:
    papers: int
    name: str = dataclasses.field(hash=False, default="")


@values.dataclass(frozen=True, slots=True)
class _Section:
    papers: int
    cross: int = dataclasses.field(kw_only=True, default=2)


@values.dataclass(frozen=True, slots=True)
class _Positive:
    papers: int

    def __post_init__(self) -> None:
        if self.papers < 0:
            raise ValueError(self.papers)


@values.dataclass(frozen=True, slots=True)
class _AnyCase:  # noqa: PLW1641  the decorator makes it
    name: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _AnyCase) and self.name.lower() == other.name.lower()

    def __repr__(self) -> str:
        return self.name


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


def test_each_value_has_a_list_of_its_own() -> None:
    one, other = _Listing("a"), _Listing("a")
    one.mailings.append("2024-01-02")
    assert (one.mailings, other.mailings, _Listing("a", other.mailings).mailings is other.mailings) == (
        ["2024-01-02"],
        [],
        True,
    )


def test_a_field_that_is_not_shown_is_compared() -> None:
    assert repr(_Listing("https://arxiv.org")) == "_Listing(mailings=[])"
    assert _Listing("https://arxiv.org") != _Listing("")


def test_other_options_mean_what_they_mean_in_the_standard_library() -> None:
    assert _Counts(3, 4) == _Counts(3, 5)
    assert hash(_Named(3, "a")) == hash(_Named(3, "b"))
    wrong: Any
    for wrong in (_Found, _Section):
        with pytest.raises(TypeError):
            wrong(3, 4)
    with pytest.raises(ValueError, match="-1"):
        _Positive(-1)


def test_methods_of_the_class_itself_stay() -> None:
    assert _AnyCase("CV") == _AnyCase("cv")
    assert repr(_AnyCase("CV")) == "CV"
    assert isinstance(hash(_AnyCase("CV")), int)


def test_a_class_with_options_of_fields_or_a_base_class_is_frozen_as_well() -> None:
    for one in (_Listing(""), _Counts(3), _Cross("2024-01-02", 3, 1), _Mailing("2024-01-02")):
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
