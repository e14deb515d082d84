"""The body of an answer: decompressed piece by piece, and the few words in it that say what went wrong. No network here."""

from __future__ import annotations

import html
import re
import unicodedata
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CODINGS = frozenset({"identity", "gzip", "x-gzip", "deflate"})
_PIECE = 1 << 16
_EXCERPT = 200
_TAG = re.compile(r"<[^<>]*>")


class Damaged(Exception):
    """A compressed body that ends early or does not decompress; it never leaves the package."""


def decoded(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """The pieces of the plain body, each at most 64 KiB larger than its chunk, so that a limit stops a bomb early.

    `coding` is one of CODINGS. Damaged when a compressed stream is broken or has no end.
    """
    if coding == "identity":
        return iter(chunks)
    return _inflated(chunks, gzipped=coding != "deflate")


def _inflated(chunks: Iterable[bytes], *, gzipped: bool) -> Iterator[bytes]:
    machine = None
    try:
        for chunk in chunks:
            data = chunk
            while data:
                if machine is None or machine.eof:
                    machine = zlib.decompressobj(_window(data, gzipped=gzipped))
                yield machine.decompress(data, _PIECE)
                data = machine.unused_data if machine.eof else machine.unconsumed_tail
        if machine is not None:
            yield machine.flush()
    except zlib.error as error:
        raise Damaged(str(error)) from error
    if machine is None or not machine.eof:
        raise Damaged("the compressed body has no end")


def _window(data: bytes, *, gzipped: bool) -> int:
    """Zlib's parameter for a stream that begins with `data`; some servers send `deflate` without zlib's own header."""
    if gzipped:
        return 16 + zlib.MAX_WBITS
    return zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS


def excerpt(body: bytes) -> str:
    """What an error page says in one line: its first heading, an API error's summary, or its first words.

    Tags, control characters and whatever turns the direction of text are dropped; at most 200 characters.
    """
    text = body.decode("utf-8", "replace")
    found = _inside(text, "h1") or _inside(text[text.find("<entry") :] if "<entry" in text else "", "summary")
    if found is None:
        found = _inside(text, "title") or ("" if text.lstrip().startswith("<") else text[: _EXCERPT * 2])
    words = html.unescape(_TAG.sub(" ", found)).split()
    return "".join(c for c in " ".join(words) if unicodedata.category(c)[0] != "C")[:_EXCERPT].strip()


def _inside(text: str, tag: str) -> str | None:
    """What stands in the first element `tag`; searched without backtracking, as an error page may be anything."""
    _, opened, rest = text.partition(f"<{tag}")
    attributes, closed, rest = rest.partition(">")
    content, ended, _ = rest.partition(f"</{tag}")
    return content if opened and closed and ended and attributes[:1] in {"", " ", "\n"} else None
