r"""TeX accents, letters and symbols converted to Unicode exactly as arXiv did it. It interprets no other TeX.

The facts are those of `arxiv/util/tex2utf.py` (arXiv/arxiv-base). Its oddities are kept because the canonical form is what
arXiv printed: `\phi` is U+03D5, `\upsilon` is not known, a dotless `\i` cannot carry an accent, `\c{x}` becomes `cx`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# By accent: its combining character, and the letters that can have it. Any other letter loses the accent.
_ACCENTS = {
    "'": ("\u0301", "ACEILNORSUYZaceilnorsuyz"),
    '"': ("\u0308", "AEIOUYaeiouy"),
    ".": ("\u0307", "ACEGIOZacegoz"),
    "=": ("\u0304", "AEIOUYaeiouy"),
    "^": ("\u0302", "ACEGHIJOSUWYaceghijosuwy"),
    "`": ("\u0300", "AEIOUaeiou"),
    "~": ("\u0303", "AINOUainou"),
    "H": ("\u030b", "OUou"),
    "c": ("\u0327", "CEGKLNRSTcegklnrst"),
    "k": ("\u0328", "AEIOUaeiou"),
    "r": ("\u030a", "AUau"),
    "u": ("\u0306", "AEGIOUaegiou"),
    "v": ("\u030c", "ACDEGHIKLNORSTUZacdeghiklnorstuz"),
}
_LETTERS = {
    "AA": "Å", "AE": "Æ", "DH": "Ð", "DJ": "Đ", "ETH": "Ð", "L": "Ł", "NG": "Ŋ", "O": "Ø", "OE": "Œ", "TH": "Þ",
    "aa": "å", "ae": "æ", "dh": "ð", "dj": "đ", "eth": "ð", "i": "ı", "l": "ł", "ng": "ŋ", "o": "ø", "oe": "œ", "ss": "ß",
    "th": "þ",
}  # fmt: skip
_GREEK = {
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ", "iota": "ι",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "omicron": "ο", "pi": "π", "rho": "ρ", "varsigma": "ς",
    "sigma": "σ", "tau": "τ", "upsion": "υ", "varphi": "φ", "phi": "ϕ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
_SYMBOLS = {
    "P": "¶", "S": "§", "copyright": "©", "guillemotleft": "«", "guillemotright": "»", "pounds": "£", "dag": "†", "ddag": "‡",
    "div": "÷", "deg": "°",
}  # fmt: skip

# A command includes what only ends its name: its own braces, one blank, or an empty pair of braces.
_COMMAND = re.compile(r"\{\\([A-Za-z]+)\}|\\([A-Za-z]+)(?=\b|_)(?:\\(?= )| |\{\})?")
_COMMAND_SIGN = re.compile(r"""\\([A-Za-z]+|['`^"~=.])""")
_KNOWN = frozenset({*_LETTERS, *_SYMBOLS, *_ACCENTS, "j", "t"})
"""The names of all commands that are replaced, and the signs of accents. `_GREEK` has the others."""
_COMMAND_NAME = re.compile(r"\\([A-Za-z]+)")
_DOTLESS_J = re.compile(r"\{\\j\}|\\j\s")
_BRACES = re.compile(r"([^}]*+)(\}++)")
_OPENING = re.compile(r"\{{2,}")
_BARE_ACCENT = re.compile(r"""\\(['`^"~=.])([A-Za-z])""")
_BRACED_ACCENT = re.compile(r"""\\(['`^"~=.Hckruv])\{([A-Za-z])\}""")
_TIE = re.compile(r"\\t\{([^}])\}")


def to_unicode(text: str, *, greek: bool) -> str:
    """Return `text` with accents, letters and symbols as Unicode, Greek letters too if `greek`. It may not be in NFC."""
    # Most commands stand in formulas, and stay. To read their names takes a fifth of the time of all replacements.
    signs = _COMMAND_SIGN.findall(text) if "\\" in text else ()
    commands = not _KNOWN.isdisjoint(signs) or (greek and not _GREEK.keys().isdisjoint(signs))
    if commands:
        for table in (_LETTERS, _GREEK, _SYMBOLS) if greek else (_LETTERS, _SYMBOLS):
            text = _replace_commands(text, table)
        text = _DOTLESS_J.sub("j", text) if r"\j" in text else text
    # To look for one character is ten times faster than for two.
    if "{" in text and "{{" in text and "}}" in text:
        text = _BRACES.sub(_undouble_braces, text)
    if commands:
        text = _BRACED_ACCENT.sub(_put_accent, _BARE_ACCENT.sub(_put_accent, text))
        text = _TIE.sub(r"\1", text)
    return text


def _replace_commands(text: str, table: Mapping[str, str]) -> str:
    # To look for one of the table takes a tenth of the time of the pattern.
    if not any(name in table for name in _COMMAND_NAME.findall(text)):
        return text
    return _COMMAND.sub(lambda found: table.get(found[1] or found[2], found[0]), text)


def _put_accent(found: re.Match[str]) -> str:
    accent, letter = found[1], found[2]
    mark, letters = _ACCENTS[accent]
    if letter in letters:
        return unicodedata.normalize("NFC", letter + mark)
    return accent + letter if accent.isalpha() else letter


def _undouble_braces(found: re.Match[str]) -> str:
    """Return a text in doubled braces with single ones: `{{{x}}}` becomes `{x}`. The text itself has no closing brace."""
    before, closing = found[1], found[2]
    spare = len(closing) - 1

    def shorten(opening: re.Match[str]) -> str:
        nonlocal spare
        dropped = min(spare, len(opening[0]) - 1)
        spare -= dropped
        return opening[0][dropped:]

    before = _OPENING.sub(shorten, before) if spare else before
    return before + closing[: spare + 1]
