"""Bodies: decompressed within limits, and what an error page says in a line."""

from __future__ import annotations

import gzip
import zlib
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.web.body import Damaged, decoded, excerpt

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
def test_body_is_the_same_however_it_was_packed_and_cut(packer: str, data: bytes, size: int) -> None:
    coding = "deflate" if packer == "raw" else packer
    assert b"".join(decoded(cut(PACKERS[packer](data), size), coding)) == data


@pytest.mark.parametrize("over", [0, 1, 258, 700, 2000])
def test_nothing_is_left_behind_in_the_unpacking(over: int) -> None:
    data = bytes(65536 + over)
    assert b"".join(decoded([raw_deflate(data)], "deflate")) == data


def test_plain_body_passes_through() -> None:
    assert list(decoded([b"a", b"", b"b"], "identity")) == [b"a", b"", b"b"]


def test_members_of_a_gzip_follow_each_other() -> None:
    assert b"".join(decoded([gzip.compress(b"one ") + gzip.compress(b"two")], "gzip")) == b"one two"


@pytest.mark.parametrize("packer", PACKERS)
def test_body_that_ends_early_is_damaged(packer: str) -> None:
    packed = PACKERS[packer](bytes(range(256)) * 20)
    with pytest.raises(Damaged):
        list(decoded([packed[:-9]], "deflate" if packer == "raw" else packer))


@pytest.mark.parametrize("chunks", [[], [b"<html>"], [gzip.compress(b"x") + b"rubbish"]])
def test_body_that_is_not_what_it_says_is_damaged(chunks: list[bytes]) -> None:
    with pytest.raises(Damaged):
        list(decoded(chunks, "gzip"))


def test_bomb_is_opened_piece_by_piece() -> None:
    bomb = gzip.compress(bytes(200_000_000), 9)

    def chunks() -> Iterator[bytes]:
        yield bomb[:65536]
        raise AssertionError("read on after the limit")

    pieces = list(islice(decoded(chunks(), "gzip"), 20))
    assert max(len(piece) for piece in pieces) <= 65536


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
        (b"<p>nothing", ""),
        (b"<h1>no end", ""),
        (b"<h1", ""),
        (b"", ""),
        (b"x" * 1000, "x" * 200),
    ],
)
def test_excerpt_is_what_the_page_says_for_itself(body: bytes, line: str) -> None:
    assert excerpt(body) == line


@given(st.binary(max_size=500) | st.text("<>h1/title &#x;\n\u202e").map(str.encode))
def test_excerpt_is_one_short_printable_line(body: bytes) -> None:
    line = excerpt(body)
    assert len(line) <= 200
    assert line.isprintable()


@pytest.mark.shared
def test_arxivs_own_refusals_are_told_apart(shared: Path) -> None:
    samples = shared / "samples"
    pages = samples / "app-2021-04-07"
    assert "later than today" in excerpt((pages / "catchup_2021-04-08_future_400.html").read_bytes())
    assert "past 90 days" in excerpt((pages / "catchup_2021-01-05_too_old_400.html").read_bytes())
    assert excerpt((samples / "live-2026-08" / "api_error_start.xml").read_bytes()) == "start must be an integer"
    assert excerpt((samples / "live-2026-08" / "rate_exceeded.txt").read_bytes()) == "Rate exceeded."
