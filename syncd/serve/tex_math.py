"""TeX formulas as MathML, made here so that no reader needs a script.

The converter's own text is not trusted: it passes addresses, styles and even tags through. Only its tree is read, and only the
elements and attributes below leave this module.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

MATH = re.compile(
    r"\$\$(?<!\\\$\$)(?P<display>[^$]{1,300})\$\$"
    r"|\$(?<![\\$A-Za-z]\$)(?P<inline>(?![\s$])(?:[^$\\]|\\.){1,300}?)(?<!\s)\$(?!\d)"
    r"|\\\((?P<round>(?:[^\\]|\\[^()]){1,300}?)\\\)"
)
"""A formula in a text, without what looks like two prices. Each form begins with its first character, and what may not stand
before it comes after that: so only places with a dollar or a backslash are tried, a tenth of the time."""
_DEEPEST, _MOST_ELEMENTS = 8, 300
_FORBIDDEN = re.compile(
    r"\\(?:def|gdef|edef|xdef|let|(?:re|provide)?newcommand|DeclareMathOperator|href|url|style|class|require|input|include|loop)"
    r"(?![A-Za-z])"
)
_ELEMENTS = frozenset({
    "math", "mfenced", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mprescripts", "mroot", "mrow",
    "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "none",
})  # fmt: skip
_ATTRIBUTES = frozenset({
    "accent", "accentunder", "columnalign", "display", "displaystyle", "fence", "form", "linethickness", "lspace", "mathvariant",
    "maxsize", "minsize", "movablelimits", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy", "width",
})  # fmt: skip
_VALUE = re.compile(r"[A-Za-z0-9. %+-]{0,40}")


class _NotShown(Exception):
    """The formula has something that is shown as it was written."""


@lru_cache(maxsize=8192)
def to_mathml(tex: str) -> str | None:
    """Return a formula as MathML. None where it is not understood, or too long or deep."""
    if _FORBIDDEN.search(tex) or _measure_depth(tex) > _DEEPEST:
        return None
    from latex2mathml.converter import convert_to_element

    try:
        root = convert_to_element(tex)
        if sum(1 for _ in root.iter()) > _MOST_ELEMENTS:
            return None
        return "".join(_write(root))
    except Exception:  # noqa: BLE001  the converter raises whatever its parser met
        return None


def _measure_depth(tex: str) -> int:
    depth = deepest = 0
    for character in tex:
        depth += (character == "{") - (character == "}")
        deepest = max(deepest, depth)
    return deepest


def _write(element: Element) -> Iterator[str]:
    tag = element.tag.rpartition("}")[2]
    if tag not in _ELEMENTS:
        raise _NotShown
    kept = (
        f' {name}="{value}"'
        for name, value in element.attrib.items()
        if name in _ATTRIBUTES and _VALUE.fullmatch(value)
    )
    yield f"<{tag}{''.join(kept)}>"
    text = unescape(element.text or "")
    if "\\" in text:  # a command that the converter does not know
        raise _NotShown
    yield escape(text)
    for child in element:
        yield from _write(child)
    yield f"</{tag}>"
