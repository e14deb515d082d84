r"""Latin letters with accents, spelt as TeX commands: `é` becomes `{\'e}`.

Biber and reference managers read both spellings. BibTeX reads bytes: it would sort `É` after `Z` and shorten `Émile` to half a
letter. Letters of other scripts stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LATIN = re.compile("[À-ÖØ-öø-ɏḀ-ỿ]")
_MARKS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".", "\u0308": '"',
    "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0323": "d", "\u0327": "c", "\u0328": "k", "\u0331": "b",
}  # fmt: skip
_BELOW = frozenset("dckb")
_LETTERS = {
    "Å": "AA", "Æ": "AE", "Ð": "DH", "Đ": "DJ", "Ł": "L", "Ø": "O", "Œ": "OE", "Þ": "TH",
    "å": "aa", "æ": "ae", "ð": "dh", "đ": "dj", "ı": "i", "ł": "l", "ø": "o", "œ": "oe", "ß": "ss", "þ": "th",
}  # fmt: skip


def spell_letters(text: str) -> str:
    """Return a text with its accented Latin letters as TeX, each in braces, where TeX has a command for them."""
    return text if text.isascii() else _LATIN.sub(lambda found: _spell(found[0]), text)


@lru_cache(1024)
def _spell(letter: str) -> str:
    if letter in _LETTERS:
        return f"{{\\{_LETTERS[letter]}}}"
    parts = unicodedata.normalize("NFD", letter)
    base, marks = parts[0], parts[1:]
    if not base.isascii() or not all(mark in _MARKS for mark in marks):
        return letter
    commands = sorted((_MARKS[mark] for mark in marks), key=_BELOW.__contains__)
    spelt = f"\\{base}" if base in "ij" and not _BELOW.issuperset(commands) else base
    for command in commands:
        needs_braces = command.isalpha() if len(spelt) == 1 else len(spelt) > 2
        spelt = f"\\{command}{{{spelt}}}" if needs_braces else f"\\{command}{spelt}"
    return f"{{{spelt}}}"
