"""A number and its noun agree."""

from syncd.core.plural import pluralize


def test_one_thing_is_singular_and_large_numbers_are_grouped() -> None:
    assert [pluralize(number, "paper") for number in (0, 1, 2310)] == ["0 papers", "1 paper", "2,310 papers"]
