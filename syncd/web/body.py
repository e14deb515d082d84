"""The body of a response: decompressed piece by piece, and the line in it that says what went wrong.

It must not touch the network.
"""

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


class DamagedBodyError(Exception):
    """A compressed body that ends early or does not decompress. It never leaves the package."""


def decompress(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Yield the pieces of the plain body. `coding` is one of CODINGS.

    Each piece is at most 64 KiB larger than its chunk, so that a size limit stops a decompression bomb early. Raise
    DamagedBodyError when a compressed stream is broken or has no end.
    """
    if coding == "identity":
        return iter(chunks)
    return _inflate(chunks, gzipped=coding != "deflate")


def _inflate(chunks: Iterable[bytes], *, gzipped: bool) -> Iterator[bytes]:
    machine = None
    try:
        for chunk in chunks:
            data = chunk
            while data:
                # A body may hold several gzip streams, one after the other.
                if machine is None or machine.eof:
                    machine = zlib.decompressobj(_choose_window(data, gzipped=gzipped))
                yield machine.decompress(data, _PIECE)
                data = machine.unused_data if machine.eof else machine.unconsumed_tail
        if machine is not None:
            yield machine.flush()
    except zlib.error as error:
        raise DamagedBodyError(str(error)) from error
    if machine is None or not machine.eof:
        raise DamagedBodyError("the compressed body has no end")


def _choose_window(data: bytes, *, gzipped: bool) -> int:
    """Return zlib's window parameter for a stream that begins with `data`."""
    if gzipped:
        return 16 + zlib.MAX_WBITS
    # Some servers send `deflate` without the zlib header, whose low four bits are 8.
    return zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS


def find_excerpt(body: bytes) -> str:
    """Return in one line what an error page says: its first heading, the summary of an API error, or its first words.

    Tags, control characters and characters that change the direction of text are dropped. At most 200 characters.
    """
    text = body.decode("utf-8", "replace")
    summary = _read_element(text[text.find("<entry") :], "summary") if "<entry" in text else None
    found = _read_element(text, "h1") or summary
    if found is None:
        found = _read_element(text, "title") or ("" if text.lstrip().startswith("<") else text[: _EXCERPT * 2])
    words = html.unescape(_TAG.sub(" ", found)).split()
    return "".join(c for c in " ".join(words) if unicodedata.category(c)[0] != "C")[:_EXCERPT].strip()


def _read_element(text: str, tag: str) -> str | None:
    """Return the content of the first element `tag`, None when there is none."""
    # An error page may be any text, so it is searched without a pattern that could backtrack for minutes.
    _, opening, rest = text.partition(f"<{tag}")
    attributes, bracket, rest = rest.partition(">")
    content, closing, _ = rest.partition(f"</{tag}")
    return content if opening and bracket and closing and attributes[:1] in {"", " ", "\n"} else None
