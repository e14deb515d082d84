"""Which characters a text may have, and how it becomes one line. It knows no tags, TeX or links, only `<br>`."""

from __future__ import annotations

import re
import unicodedata

from syncd.core.printable import is_printable

MAX_PLAIN = 10_000
"""Characters kept of a text that is neither title nor abstract."""

# Dropped: C0 and C1 controls, bidirectional controls, the byte order mark, interlinear and tag characters, lone
# surrogates and noncharacters. All of them are invisible, so that a reader loses nothing.
_INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f"
    + "".join(chr(plane * 0x10000 + last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
)
_ODD = re.compile(f"[{_INVISIBLE}\x0b\x0c\x85\u2028\u2029]")
_LINE_END = "\x0b\x0c\x85\u2028\u2029"
_STRUCK_LINK = re.compile("(?<=</a>)(?=[^ -~]*\u0338)")
_STRUCK_THROUGH = re.compile(">[^ -~]*\u0338[^ -~]*")

_DANGEROUS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]")


def clean(text: str) -> str:
    """Return `text` without invisible characters. Tab, line feed and carriage return stay, other line ends become blanks."""
    if is_printable(text.replace("\n", "")):
        return text
    return _ODD.sub(lambda odd: " " if odd[0] in _LINE_END else "", text)


def one_line(markup: str) -> str:
    """Return markup as one line in NFC: single blanks, a blank before `<br>` and none after it, neither of them outside."""
    if not markup.isascii():
        markup = _normalize(markup)
    markup = _collapse_blanks(markup)
    if "<br>" in markup:
        # No blank stands beside another one. A pattern with blanks that may be missing takes four times as long.
        markup = markup.replace("<br> ", "<br>").replace(" <br>", "<br>").replace("<br>", " <br>")
        markup = _strip_breaks(markup)
    return markup.strip()


def join_accents(text: str) -> str:
    """Return a text without tags in NFC, before links are looked for.

    An accent apart from its letter would end a word for the links, and the next reader of the text sees no such end. U+0338 is
    left to `one_line`, as NFC joins it with the end of a tag.
    """
    return text if text.isascii() or "\u0338" in text else unicodedata.normalize("NFC", text)


def shorten(text: str, most: int) -> str:
    """Return `text` without outer blanks. One of more than `most` characters is cut and ends in `…`."""
    text = text.strip()
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def is_dangerous(text: str) -> bool:
    """Return whether `text` has a character that could break a line or reverse the reading direction."""
    return _DANGEROUS.search(text) is not None


def _collapse_blanks(text: str) -> str:
    # Most texts have no run of blanks. Then this is ten times faster than a pattern.
    text = text.replace("\n", " ").replace("\t", " ").replace("\r", " ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def _normalize(markup: str) -> str:
    # NFC joins U+0338 with the ">" that ends a tag (to U+226F), and would destroy the tag. After a link a blank stays between
    # them, so that the link ends there when it is read again.
    if "\u0338" in markup:
        markup = _STRUCK_LINK.sub(" ", markup)
        markup = _STRUCK_THROUGH.sub(lambda run: run[0].replace("\u0338", ""), markup)
    return unicodedata.normalize("NFC", markup)


def _strip_breaks(markup: str) -> str:
    words = markup.strip()
    while words.startswith("<br>"):
        words = words[4:].lstrip()
    while words.endswith("<br>"):
        words = words[:-4].rstrip()
    return words
