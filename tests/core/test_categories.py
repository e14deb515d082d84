"""Categories of arXiv under one name each."""

from __future__ import annotations

import pytest

from syncd.core.categories import (
    CATEGORIES,
    explain_unknown_category,
    has_category,
    is_primary,
    is_same_category,
    list_names,
    to_canonical_category,
)


@pytest.mark.parametrize(
    ("given", "canonical"),
    [("cs.SY", "eess.SY"), ("cs.NA", "math.NA"), ("math.IT", "cs.IT"), ("math.MP", "math-ph"), ("cs.CV", "cs.CV")],
)
def test_an_alias_is_returned_under_its_canonical_name(given: str, canonical: str) -> None:
    assert to_canonical_category(given) == canonical


def test_an_alias_and_its_canonical_name_are_the_same_category() -> None:
    assert is_same_category("cs.SY", "eess.SY")
    assert is_same_category("eess.SY", "cs.SY")
    assert not is_same_category("cs.SY", "cs.CV")


def test_a_paper_has_its_categories_under_every_name() -> None:
    assert has_category(["cs.CV", "stat.TH"], "math.ST")
    assert has_category(["math.ST"], "stat.TH")
    assert not has_category(["cs.CV"], "math.ST")


def test_only_the_first_category_is_the_primary_one() -> None:
    assert is_primary(["q-fin.EC", "cs.CV"], "econ.GN")
    assert not is_primary(["q-fin.EC", "cs.CV"], "cs.CV")
    assert not is_primary([], "cs.CV")


def test_all_names_of_a_category_are_listed() -> None:
    assert list_names("cs.SY") == list_names("eess.SY") == {"cs.SY", "eess.SY"}
    assert list_names("cs.CV") == {"cs.CV"}


def test_every_alias_and_every_canonical_name_is_a_category_of_arxiv() -> None:
    assert {name for category in CATEGORIES for name in list_names(category)} <= CATEGORIES
    assert all(explain_unknown_category(name) is None for name in CATEGORIES)


@pytest.mark.parametrize(
    ("name", "answer"), [("cs.cv", '"cs.CV"'), ("cs", "an archive"), ("cs.ZZ", '"cs.'), ("HEP-TH", '"hep-th"')]
)
def test_an_unknown_category_is_explained_with_a_known_one(name: str, answer: str) -> None:
    assert answer in str(explain_unknown_category(name))
