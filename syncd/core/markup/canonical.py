"""Canonical HTML read back: as plain text, or for what is wrong with it. It writes no HTML."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from syncd.core.markup.anchors import is_safe
from syncd.core.markup.characters import is_dangerous
from syncd.core.markup.names import SAFE_SCHEMES
from syncd.core.printable import is_printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAG = re.compile(r"<[^<>]*>")
_HIDING_LINK = re.compile(r'<a [^<>]*href="([^"<>]*)"[^<>]*>this [a-z]+ URL</a>')
_SPECIAL = re.compile(r"<[^<>]*>|[<>]|&(?:amp;|lt;|gt;)?")
_ALLOWED = frozenset({"&amp;", "&lt;", "&gt;", "<br>", "</a>"})
_OPENING = re.compile(r'<a((?: [a-z-]+="[^"]*")+)>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_NAMES = frozenset({"class", "data-arxiv-id", "data-doi", "href", "rel"})

# Nearly every text matches one of these two patterns, which is fast. Only the others are examined piece by piece.
_WORDS = r"(?:[^<>&]++|&(?:amp|lt|gt);)"
_LINK = (
    r'<a(?: class="[^"<>]*")?(?: data-(?:arxiv-id|doi)="[^"<>]*")?'
    rf' href="(?:{"|".join(sorted(SAFE_SCHEMES))}):[^"<>]*"(?: rel="[^"<>]*")?>{_WORDS}*+</a>'
)
_SOUND_TITLE = re.compile(f"{_WORDS}*+")
_SOUND_ABSTRACT = re.compile(f"(?:{_WORDS}|<br>|{_LINK})*+")


def plain(text: str) -> str:
    """Return the readable text of canonical HTML on one line: tags dropped, entities decoded."""
    if "<" in text:
        text = _TAG.sub("", text)
    if "&" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text


def to_plain_text(text: str) -> str:
    """Return canonical HTML as text: entities decoded, the address for a link that hides it.

    A paragraph begins with a line that two blanks indent, as in arXiv's own metadata.
    """
    if "<" in text:
        # The pieces are texts and addresses in turns. To put an address in with `sub` takes half as long again.
        text = "".join(_HIDING_LINK.split(text))
        if "<br>" in text:
            text = text.replace(" <br>", "<br>").replace("<br>", "\n  ")
    return plain(text)


def find_violations(text: str, *, is_title: bool) -> tuple[str, ...]:
    """Return what makes a text unsafe or not canonical, in words and without repetition. Empty for a sound text.

    Safety is checked strictly, spelling leniently. The text of a link and inner blanks are not checked, because files of other
    years have what arXiv printed then.
    """
    if _is_sound(text, _SOUND_TITLE if is_title else _SOUND_ABSTRACT):
        return ()
    return tuple(dict.fromkeys([*_check_characters(text), *_check_markup(text, is_title=is_title)]))


def _is_sound(text: str, form: re.Pattern[str]) -> bool:
    """Return True when nothing can be wrong with `text`. False means that it must be examined."""
    # Every dangerous character is unprintable.
    if not is_printable(text) or text[:1] == " " or text[-1:] == " ":
        return False
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        return False
    return _is_markup_sound(text, form)


def is_markup_sound(text: str, *, is_title: bool) -> bool:
    """Return True when nothing can be wrong with the tags and entities of a text. False means that it must be examined."""
    return _is_markup_sound(text, _SOUND_TITLE if is_title else _SOUND_ABSTRACT)


def _is_markup_sound(text: str, form: re.Pattern[str]) -> bool:
    # Most of a text lies outside of its markup. To find the ends of that takes a tenth of the time of the pattern.
    begins = [at for at in map(text.find, "<&>") if at >= 0]
    if not begins:
        return True
    end = max(map(text.rfind, "<&>")) + len("&amp;")
    return form.fullmatch(text, min(begins), end) is not None


def _check_characters(text: str) -> Iterator[str]:
    if is_dangerous(text):
        yield "control or bidirectional character"
    if not unicodedata.is_normalized("NFC", text):
        yield "not in NFC"
    if text != text.strip(" "):
        yield "outer blanks"


def _check_markup(text: str, *, is_title: bool) -> Iterator[str]:
    opened = False
    for special in _SPECIAL.findall(text):
        yield from _check_special(special)
        if special.startswith("<a "):
            if opened:
                yield "link inside a link"
            if is_title:
                yield "link in a title"
            opened = True
        elif special == "</a>":
            if not opened:
                yield "link closed that was not opened"
            opened = False
        elif special == "<br>" and is_title:
            yield "line break in a title"
    if opened:
        yield "link not closed"


def _check_special(special: str) -> Iterator[str]:
    if special in _ALLOWED:
        return
    if len(special) == 1:
        yield f"unescaped {special}"
        return
    opening = _OPENING.fullmatch(special)
    if opening is None:
        yield f"tag not allowed: {special[:40]}"
        return
    yield from _check_attributes(_ATTRIBUTE.findall(opening[1]))


def _check_attributes(attributes: list[tuple[str, str]]) -> Iterator[str]:
    names = [name for name, _ in attributes]
    if names != sorted(set(names)):
        yield "attributes not in alphabetical order"
    yield from (f"attribute not allowed: {name}" for name in names if name not in _NAMES)
    href = dict(attributes).get("href")
    if href is None:
        yield "link without address"
    elif not is_safe(href):
        yield f"link with an unsafe scheme: {href[:40]}"
