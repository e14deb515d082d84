"""Categories of arXiv under one name each. It knows no page and no record."""

from __future__ import annotations

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
