"""Categories of arXiv under one name each. It knows no page and no record."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CANONICAL = {
    "cs.NA": "math.NA",
    "cs.SY": "eess.SY",
    "math.IT": "cs.IT",
    "math.MP": "math-ph",
    "q-fin.EC": "econ.GN",
    "stat.TH": "math.ST",
}


def to_canonical_category(code: str) -> str:
    """Return the name under which arXiv lists the category. A category without an alias is returned as it is.

    arXiv marks a cross-list with an alias at times, and names the same category in the subjects by its canonical name.
    """
    return _CANONICAL.get(code, code)


def is_same_category(one: str, other: str) -> bool:
    """Return whether two names are of one category: cs.SY is eess.SY."""
    return to_canonical_category(one) == to_canonical_category(other)


def has_category(categories: Iterable[str], category: str) -> bool:
    """Return whether a paper of these categories is of `category`, under whichever name."""
    return any(is_same_category(one, category) for one in categories)


def is_primary(categories: Sequence[str], category: str) -> bool:
    """Return whether `category` is the primary one of a paper, under whichever name. The primary stands first."""
    return bool(categories) and is_same_category(categories[0], category)


def list_names(category: str) -> frozenset[str]:
    """Return all names of a category."""
    canonical = to_canonical_category(category)
    return frozenset({canonical, *(alias for alias, name in _CANONICAL.items() if name == canonical)})
