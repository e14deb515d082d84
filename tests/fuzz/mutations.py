"""Inputs made from sound ones: a few random changes each, of bytes, of words that the formats know, or of whole pieces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

LONGEST = 300_000
"""No input is made longer than this many bytes or twice its model: how readers stop at larger ones is tested elsewhere."""
WORDS = tuple(
    word.encode("utf-8", "surrogatepass")
    for word in (
        "", "0", "-1", "1e400", "NaN", "null", "true", "[]", "{}", '""', "9" * 30, "9999-12-31", "0001-01-01",
        "2026-02-30", "2026-07-07T25:61:61Z", "\u0000", "\ufeff", "\u202e", "\ud800", "\n", "\r\n", "\r", "\t", "&",
        "&#0;", "&#xD800;", "&amp;amp;", "&lol;", "<", ">", "</", "<!--", "-->", "<![CDATA[", "]]>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]>", "<?xml version='1.0'?>", "<dl>", "</dl>", "<dt>", "</h3>", "<h3>",
        "</html>", "cs.CV", "math.NA", "2607.99999", "0704.0001", "hep-th/9901001", "v0", "v999999999",
        "[ :arrow_down: ]", "# ArXiv ", "##", "](", "\\u0000", "\\ud800", '\\"', "[[", "]]", "=", ",", ";", ":",
        "%00", "../", "/dev/zero", "Total of 99999999999 entries", "Showing new listings for Wednesday, 31 June 2026",
        "deleted", "xmlns=''", "version", "status",
    )
)  # fmt: skip
"""What readers are known to look for, and what libraries are known to stumble over."""


def mutate(chance: Random, corpus: Sequence[bytes]) -> bytes:
    """Return one member of the corpus after one to eight changes."""
    data = chance.choice(corpus)
    longest = max(LONGEST, 2 * len(data))
    for _ in range(1 << chance.randrange(4)):
        data = chance.choice(_CHANGES)(chance, data, corpus)[:longest]
    return data


def _span(chance: Random, data: bytes) -> tuple[int, int]:
    begin = chance.randint(0, len(data))
    return begin, min(len(data), begin + int(chance.paretovariate(0.7)))


def _flip(chance: Random, data: bytes, _corpus: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]


def _delete(chance: Random, data: bytes, _corpus: Sequence[bytes]) -> bytes:
    begin, end = _span(chance, data)
    return data[:begin] + data[end:]


def _repeat(chance: Random, data: bytes, _corpus: Sequence[bytes]) -> bytes:
    begin, end = _span(chance, data)
    return data[:end] + data[begin:end] * (1 << chance.randrange(8)) + data[end:]


def _insert_word(chance: Random, data: bytes, _corpus: Sequence[bytes]) -> bytes:
    begin, end = _span(chance, data)
    return data[:begin] + chance.choice(WORDS) + data[end if chance.random() < 0.5 else begin :]


def _replace_token(chance: Random, data: bytes, _corpus: Sequence[bytes]) -> bytes:
    """Put a known word in the place of a number or a word."""
    found = list(re.finditer(rb"\d+|[A-Za-z][\w.-]*", data[:20_000]))
    if not found:
        return data
    token = chance.choice(found)
    return data[: token.start()] + chance.choice(WORDS) + data[token.end() :]


def _truncate(chance: Random, data: bytes, _corpus: Sequence[bytes]) -> bytes:
    return data[: chance.randint(0, len(data))]


def _splice(chance: Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    other = chance.choice(corpus)
    return data[: chance.randint(0, len(data))] + other[chance.randint(0, len(other)) :]


def _swap_lines(chance: Random, data: bytes, _corpus: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


_CHANGES: tuple[Callable[[Random, bytes, Sequence[bytes]], bytes], ...] = (
    _flip, _flip, _delete, _repeat, _insert_word, _insert_word, _replace_token, _replace_token, _truncate, _splice, _swap_lines,
)  # fmt: skip
