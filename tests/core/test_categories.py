"""Categories of arXiv under one name each."""

from __future__ import annotations

import pytest

from syncd.core.categories import to_canonical_category


@pytest.mark.parametrize(
    ("given", "canonical"),
    [("cs.SY", "eess.SY"), ("cs.NA", "math.NA"), ("math.IT", "cs.IT"), ("math.MP", "math-ph"), ("cs.CV", "cs.CV")],
)
def test_an_alias_is_returned_under_its_canonical_name(given: str, canonical: str) -> None:
    assert to_canonical_category(given) == canonical
