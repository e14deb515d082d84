"""Categories of arXiv under one name each. It knows no page and no record."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SUBJECTS = {
    "astro-ph": "CO EP GA HE IM SR",
    "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
    "cs": "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC "
    "IR IT LG LO MA MM MS NA NE NI OH OS PF PL RO SC SD SE SI SY",
    "econ": "EM GN TH",
    "eess": "AS IV SP SY",
    "math": "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP ST",
    "nlin": "AO CD CG PS SI",
    "physics": "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph "
    "flu-dyn gen-ph geo-ph hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph",
    "q-bio": "BM CB GN MN NC OT PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
    "stat": "AP CO ME ML OT TH",
}
"""The archives with subject classes, as the sets of arXiv's OAI server name them (ListSets, August 2026)."""

_WHOLE_ARCHIVES = "gr-qc hep-ex hep-lat hep-ph hep-th math-ph nucl-ex nucl-th quant-ph"

CATEGORIES = frozenset(
    (*_WHOLE_ARCHIVES.split(), *(f"{name}.{each}" for name, text in _SUBJECTS.items() for each in text.split()))
)
"""Every category that papers are submitted to, aliases included."""

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


def explain_unknown_category(name: str) -> str | None:
    """Return what is wrong with the name of a category, and the nearest known one. None where arXiv has the category."""
    if name in CATEGORIES:
        return None
    if name in _SUBJECTS:
        example = f"{name}.{_SUBJECTS[name].split()[0]}"
        return f'{name} is an archive of many categories: name one of them, for example "{example}"'
    from difflib import get_close_matches

    folded = {each.casefold(): each for each in sorted(CATEGORIES)}
    (near,) = get_close_matches(name.casefold(), folded, n=1, cutoff=0.0)
    return f'arXiv has no category "{name}": did you mean "{folded[near]}"?'
