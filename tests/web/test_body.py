"""Bodies: decompressed within limits, and the line in which an error page says what went wrong."""

from __future__ import annotations

import gzip
import random
import zlib
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.web.body import DamagedBodyError, decompress, find_excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def raw_deflate(data: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return machine.compress(data) + machine.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "raw": raw_deflate,
}


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("packer", PACKERS)
@given(data=st.binary(max_size=5000), size=st.integers(1, 600))
def test_body_is_the_same_however_it_was_compressed_and_cut(packer: str, data: bytes, size: int) -> None:
    coding = "deflate" if packer == "raw" else packer
    assert b"".join(decompress(cut(PACKERS[packer](data), size), coding)) == data


@pytest.mark.parametrize("over", [0, 1, 258, 700, 2000])
def test_decompression_yields_every_byte(over: int) -> None:
    data = bytes(65536 + over)
    assert b"".join(decompress([raw_deflate(data)], "deflate")) == data


@pytest.mark.parametrize("packer", PACKERS)
def test_text_that_repeats_what_stood_far_before_is_decompressed(packer: str) -> None:
    # A stream may point back 32 KiB, and here it does so from one piece into the piece before.
    data = random.Random(1).randbytes(30_000) * 5
    assert b"".join(decompress([PACKERS[packer](data)], "deflate" if packer == "raw" else packer)) == data


def test_raw_stream_whose_first_byte_resembles_a_zlib_header_is_decompressed() -> None:
    # A stored block: its last flag, and a padding bit that zlib ignores, make 9 of the low four bits. Lengths follow.
    assert b"".join(decompress([b"\x09\x01\x00\xfe\xffx"], "deflate")) == b"x"


def test_plain_body_passes_through() -> None:
    assert list(decompress([b"a", b"", b"b"], "identity")) == [b"a", b"", b"b"]


def test_streams_of_a_gzip_body_follow_each_other() -> None:
    assert b"".join(decompress([gzip.compress(b"one ") + gzip.compress(b"two")], "gzip")) == b"one two"


@pytest.mark.parametrize("packer", PACKERS)
def test_body_that_ends_early_is_damaged(packer: str) -> None:
    packed = PACKERS[packer](bytes(range(256)) * 20)
    with pytest.raises(DamagedBodyError):
        list(decompress([packed[:-9]], "deflate" if packer == "raw" else packer))


@pytest.mark.parametrize("chunks", [[], [b"<html>"], [zlib.compress(b"x")], [gzip.compress(b"x") + b"rubbish"]])
def test_body_in_another_encoding_than_stated_is_damaged(chunks: list[bytes]) -> None:
    with pytest.raises(DamagedBodyError):
        list(decompress(chunks, "gzip"))


def test_decompression_bomb_is_opened_piece_by_piece() -> None:
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    first, other = (packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    bomb = first + other * 199

    def chunks() -> Iterator[bytes]:
        yield bomb[:65536]
        raise AssertionError("read beyond the limit")

    pieces = list(islice(decompress(chunks(), "gzip"), 20))
    assert max(len(piece) for piece in pieces) == 65536


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"<html><title>t</title><h1>Can&#39;t go\n <b>on</b></h1><h1>x</h1>", "Can't go on"),
        (b'<html><h1 class="a">Bad\x00 \xe2\x80\xaevalue</h1>', "Bad value"),
        (b"<html><title>Gone</title><p>x", "Gone"),
        (
            b"<feed><title>Results</title><entry><summary>start must be a number</summary></entry>",
            "start must be a number",
        ),
        (b"Rate exceeded.", "Rate exceeded."),
        (b"<h1></h1><title>Gone</title>", "Gone"),
        (b"<h1x>no</h1x><title>Gone</title>", "Gone"),
        (b"<h1\n>Gone</h1>", "Gone"),
        (b"<h1>  </h1><summary>outside</summary><title>Gone</title>", ""),
        (b"<summary>outside</summary><title>Gone</title>", "Gone"),
        (b"<h1>Heading</h1><entry><summary>inside</summary>", "Heading"),
        (b"\n <p>no heading", ""),
        (b" " * 395 + b"first words", "first"),
        (b"<p>nothing", ""),
        (b"<h1>no end", ""),
        (b"<h1", ""),
        (b"", ""),
        (b"x" * 1000, "x" * 200),
    ],
)
def test_excerpt_is_the_heading_the_error_or_the_first_words_of_a_page(body: bytes, line: str) -> None:
    assert find_excerpt(body) == line


@given(st.binary(max_size=500) | st.text("<>h1/title &#x;\n\u202e").map(str.encode))
def test_excerpt_is_one_short_printable_line(body: bytes) -> None:
    line = find_excerpt(body)
    assert len(line) <= 200
    assert line.isprintable()


@pytest.mark.shared
def test_arxivs_own_error_pages_are_understood(shared: Path) -> None:
    samples = shared / "samples"
    pages = samples / "app-2021-04-07"
    assert "later than today" in find_excerpt((pages / "catchup_2021-04-08_future_400.html").read_bytes())
    assert "past 90 days" in find_excerpt((pages / "catchup_2021-01-05_too_old_400.html").read_bytes())
    assert find_excerpt((samples / "live-2026-08" / "api_error_start.xml").read_bytes()) == "start must be an integer"
    assert find_excerpt((samples / "live-2026-08" / "rate_exceeded.txt").read_bytes()) == "Rate exceeded."
