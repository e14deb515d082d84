"""Words as a search compares them: without case and accents, and reduced to the stem that their forms have in common.

The stem is that of Porter's algorithm (Program 14, 1980) as FTS5 of SQLite computes it. PostgreSQL's stemmer is a later one by
the same author, and differs for a few words (`generate` and `general` have one stem here, two there).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

WORD = re.compile(r"[^\W_]+")
"""A word: letters and digits. Everything else separates words, as in the indexes of both databases."""

_ACCENT = re.compile("[\u0300-\u036f]")
_VOWEL, _CONSONANT = re.compile("[aeiou]"), re.compile("[^Vy]")
_LENGTHS = range(3, 65)  # FTS5 leaves shorter and longer words, in bytes, as they are

# Each step tries the suffixes of a line from left to right and stops at the first that fits.
_STEP_2 = (
    "ational ate, tional tion, enci ence, anci ance, izer ize, logi log, bli ble, alli al, entli ent, eli e, ousli ous, "
    "ization ize, ation ate, ator ate, alism al, iveness ive, fulness ful, ousness ous, aliti al, iviti ive, biliti ble"
)
_STEP_3 = "icate ic, ative , alize al, iciti ic, ical ic, ful , ness "
_STEP_4 = (
    "al , ance , ence , er , ic , able , ible , ant , ement , ment , ent , sion s, tion t, "
    "ou , ism , ate , iti , ous , ive , ize "
)


def _read_rules(lines: str) -> tuple[tuple[str, str], ...]:
    pairs = (line.split(" ") for line in lines.split(", "))
    return tuple((suffix, replacement) for suffix, replacement in pairs)


_RULES_2, _RULES_3, _RULES_4 = (_read_rules(lines) for lines in (_STEP_2, _STEP_3, _STEP_4))
_SUFFIXES = tuple(
    sorted(
        {suffix for rules in (_RULES_2, _RULES_3, _RULES_4) for suffix, _ in rules}
        | {"e", "s", "es", "ed", "ing", "ies", "y", "ly"}
    )
)


def fold(text: str) -> str:
    """Return text as it is compared: without case and accents."""
    if text.isascii():
        return text.lower()
    bare = _ACCENT.sub("", unicodedata.normalize("NFD", text))
    # A capital letter may become a small one with an accent of its own.
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", bare.lower())))


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a text, folded, in order."""
    return tuple(WORD.findall(fold(text)))


@lru_cache(8192)
def stem(word: str) -> str:
    """Return the stem of a folded word."""
    if len(word.encode()) not in _LENGTHS:
        return word
    word = _strip_participle(_strip_plural(word))
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = f"{word[:-1]}i"
    word = _replace_suffix(_replace_suffix(word, _RULES_2, 1), _RULES_3, 1)
    return _strip_end(_replace_suffix(word, _RULES_4, 2))


@lru_cache(256)
def list_other_forms(beginning: str) -> tuple[str, ...]:
    """Return words that start with `beginning` while their stem does not, one for each such stem: `generate` for `generat`."""
    completed = (
        beginning + suffix[cut:]
        for suffix in ("", *_SUFFIXES)
        for cut in range(len(suffix) + 1)
        if beginning.endswith(suffix[:cut])
    )
    found = {stem(word): word for word in sorted(completed, reverse=True) if not stem(word).startswith(beginning)}
    return tuple(sorted(found.values()))


def has_beginning(word: str, beginning: str) -> bool:
    """Return whether a folded word is found by a search for words that start with `beginning`."""
    found = stem(word)
    return found.startswith(beginning) or any(stem(form) == found for form in list_other_forms(beginning))


def _shape(word: str) -> str:
    """Return `V` for each vowel and `C` for each consonant. A `y` after a consonant is a vowel."""
    shape = _CONSONANT.sub("C", _VOWEL.sub("V", word))
    while (at := shape.find("y")) >= 0:
        shape = f"{shape[:at]}{'V' if shape[:at].endswith('C') else 'C'}{shape[at + 1 :]}"
    return shape


def _count_measures(word: str) -> int:
    """Return how often a vowel is followed by a consonant: Porter's m."""
    return _shape(word).count("VC")


def _has_vowel(word: str) -> bool:
    return bool(re.search(r"[aeiou]|.y", word))


def _ends_short(word: str) -> bool:
    """Return whether the word ends with consonant, vowel, consonant, and the last is none of w, x and y."""
    return _shape(word).endswith("CVC") and word[-1] not in "wxy"


def _strip_plural(word: str) -> str:
    if word[1:].endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _strip_participle(word: str) -> str:
    if word[1:].endswith("eed"):
        return word[:-1] if _count_measures(word[:-3]) else word
    for suffix in ("ed", "ing"):
        if word.endswith(suffix):
            kept = word.removesuffix(suffix)
            return _restore_end(kept) if _has_vowel(kept) else word
    return word


def _restore_end(word: str) -> str:
    if word.endswith(("at", "bl", "iz")):
        return f"{word}e"
    if word[-1:] == word[-2:-1] and word[-1] not in "aeioulsz":
        return word[:-1]
    return f"{word}e" if _count_measures(word) == 1 and _ends_short(word) else word


def _replace_suffix(word: str, rules: tuple[tuple[str, str], ...], measures: int) -> str:
    for suffix, replacement in rules:
        if word.endswith(suffix) and len(word) > len(suffix):
            kept = word.removesuffix(suffix)
            # For -sion and -tion the replaced letter counts as well.
            counted = kept + replacement if suffix in {"sion", "tion"} else kept
            return kept + replacement if _count_measures(counted) >= measures else word
    return word


def _strip_end(word: str) -> str:
    if word.endswith("e"):
        measures = _count_measures(word[:-1])
        if measures > 1 or (measures == 1 and not _ends_short(word[:-1])):
            word = word[:-1]
    return word[:-1] if word.endswith("ll") and _count_measures(word[:-1]) > 1 else word
