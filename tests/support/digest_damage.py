"""Ways in which the bytes of a digest file come to harm, each by name; they damage any sound digest of four papers or more.

It must not say who notices: a damage lists the codes of which the format's reader reports at least one.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SOUND = (
    "# ArXiv cs.CV --Wed, 7 Apr 2021\n"
    "### 1.A Study of Plain Titles  [ :arrow_down: ](https://arxiv.org/pdf/2104.09004.pdf)\n"
    ">  The first invented abstract, with $x_1$ and a café.      \n"
    "### 2.3D Shapes ](and) Brackets [again]  [ :arrow_down: ](https://arxiv.org/pdf/2104.09003.pdf)\n"
    ">  The second invented abstract: a &lt; b &amp; c.      \n"
    "### 3.A Third Title  [ :arrow_down: ](https://arxiv.org/pdf/2104.09001.pdf)\n"
    ">  The third invented abstract. <br>It has two paragraphs.      \n"
    "### 4.A Cross-List  [ :arrow_down: ](https://arxiv.org/pdf/2104.09005.pdf)\n"
    ">  The fourth invented abstract.      \n"
    "### 5.Another Cross-List  [ :arrow_down: ](https://arxiv.org/pdf/2104.09002.pdf)\n"
    ">  The fifth invented abstract      \n"
).encode()
"""An invented digest of three new submissions and two cross-lists."""


@dataclass(frozen=True, slots=True)
class Damage:
    """`codes`: one of these at least is reported of the damaged bytes."""

    name: str
    apply: Callable[[bytes], bytes]
    codes: frozenset[str]


def _damage(name: str, apply: Callable[[bytes], bytes], *codes: str) -> Damage:
    return Damage(name, apply, frozenset(codes))


def _on_line(number: int, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Damage to one line, counted from 1 (from -1 backwards), without its end."""

    def apply(data: bytes) -> bytes:
        lines = data.split(b"\n")[:-1]
        at = number - 1 if number > 0 else number
        lines[at] = change(lines[at])
        return b"\n".join(lines) + b"\n"

    return apply


def _replaced(number: int, old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return _on_line(number, lambda line: line.replace(old, new, 1))


def _inserted(number: int, line: bytes) -> Callable[[bytes], bytes]:
    return _on_line(number, lambda there: line + b"\n" + there)


def _without(number: int) -> Callable[[bytes], bytes]:
    def apply(data: bytes) -> bytes:
        lines = data.split(b"\n")
        del lines[number - 1]
        return b"\n".join(lines)

    return apply


def _in_title(piece: bytes) -> Callable[[bytes], bytes]:
    """Into the second title, in front of its link."""
    return _replaced(4, b"  [ :arrow_down:", piece + b"x  [ :arrow_down:")


def _in_abstract(piece: bytes) -> Callable[[bytes], bytes]:
    return _replaced(3, b">  ", b">  x " + piece + b" ")


def _address(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Damage to the address of the third paper's link."""

    def on_line(line: bytes) -> bytes:
        head, mark, address = line.rpartition(b"](")
        return head + mark + change(address)

    return _on_line(6, on_line)


def _swapped(data: bytes) -> bytes:
    """The first two papers change places, their numbers stay."""
    lines = data.split(b"\n")
    first, second = lines[1].partition(b".")[2], lines[3].partition(b".")[2]
    lines[1], lines[3] = b"### 1." + second, b"### 2." + first
    lines[2], lines[4] = lines[4], lines[2]
    return b"\n".join(lines)


def _twice(data: bytes) -> bytes:
    """The first paper stands a second time, under the second one's number and link."""
    lines = data.split(b"\n")
    lines[3] = b"### 2." + lines[1].partition(b".")[2]
    return b"\n".join(lines)


def _decomposed(line: bytes) -> bytes:
    return unicodedata.normalize("NFD", line.decode().replace(">  ", ">  é ", 1)).encode()


def _wrapped(line: bytes) -> bytes:
    head, _, rest = line.replace(b">  ", b">  Long ago ").partition(b" " if line.startswith(b"#") else b"ago ")
    first, _, second = rest.partition(b" ")
    return head + b" " + first + b"\n" + second


def _heading(text: bytes) -> Callable[[bytes], bytes]:
    return _on_line(1, lambda _: text)


def _tail(blanks: int) -> Callable[[bytes], bytes]:
    return _on_line(-1, lambda line: line.rstrip(b" ") + b" " * blanks)


DAMAGES = (
    _damage("emptied", lambda _: b"", "empty-file"),
    _damage("zeroed", lambda data: bytes(len(data)), "control-character"),
    _damage("binary", lambda data: bytes(range(256)) * 9, "not-utf-8"),
    _damage("cut in half", lambda data: data[: len(data) // 2], "no-final-newline"),
    _damage("cut after a title line", lambda data: b"\n".join(data.split(b"\n")[:-2]) + b"\n", "abstract-missing"),
    _damage("cut after the heading", lambda data: data[: data.index(b"\n") + 1], "no-entries"),
    _damage("last line end lost", lambda data: data[:-1], "no-final-newline"),
    _damage("two last line ends", lambda data: data + b"\n", "blank-line"),
    _damage("written twice", lambda data: data + data, "stray-line"),
    _damage("lines end with CR LF", lambda data: data.replace(b"\n", b"\r\n"), "crlf"),
    _damage("one line ends with CR LF", _on_line(3, lambda line: line + b"\r"), "crlf"),
    _damage("lines end with CR", lambda data: data.replace(b"\n", b"\r"), "control-character"),
    _damage("byte order mark", lambda data: b"\xef\xbb\xbf" + data, "byte-order-mark"),
    _damage("written as UTF-16", lambda data: data.decode().encode("utf-16"), "not-utf-8"),
    _damage("written as Latin-1", _in_abstract(b"caf\xe9"), "not-utf-8"),
    _damage("encoded surrogate", _in_abstract(b"\xed\xa0\x80"), "not-utf-8"),
    _damage("overlong slash", _in_title(b"\xc0\xaf"), "not-utf-8"),
    _damage("letters decomposed", _on_line(3, _decomposed), "not-nfc"),
    _damage("heading lost", _without(1), "heading-missing"),
    _damage("heading blank", _heading(b""), "heading-missing", "blank-line"),
    _damage("heading pushed down", lambda data: b"\n" + data, "heading-misplaced"),
    _damage("31 February", _heading(b"# ArXiv cs.CV --Wed, 31 Feb 2021"), "heading-date"),
    _damage("day zero", _heading(b"# ArXiv cs.CV --Wed, 0 Apr 2021"), "heading-date"),
    _damage("wrong weekday", _heading(b"# ArXiv cs.CV --Thu, 7 Apr 2021"), "heading-weekday"),
    _damage("leading zero in day", _heading(b"# ArXiv cs.CV --Wed, 07 Apr 2021"), "heading-line"),
    _damage("lower-case month", _heading(b"# ArXiv cs.CV --Wed, 7 apr 2021"), "heading-line"),
    _damage("French month", _heading(b"# ArXiv cs.CV --Wed, 7 avr 2021"), "heading-date"),
    _damage("month in full", _heading(b"# ArXiv cs.CV --Wed, 7 April 2021"), "heading-line"),
    _damage("dash as typed by an editor", _heading("# ArXiv cs.CV –Wed, 7 Apr 2021".encode()), "heading-missing"),
    _damage("heading with trailing blank", _on_line(1, lambda line: line + b" "), "heading-line"),
    _damage("two-digit year", _heading(b"# ArXiv cs.CV --Wed, 7 Apr 21"), "heading-missing"),
    _damage("other category", _replaced(1, b"cs.CV", b"cs.CL"), "other-category"),
    _damage("category in lower case", _replaced(1, b"cs.CV", b"cs.cv"), "other-category"),
    _damage("blank line between papers", _inserted(4, b""), "blank-line"),
    _damage("line of blanks", _inserted(4, b"   "), "blank-line"),
    _damage("stray Markdown heading", _inserted(4, b"## Notes"), "stray-line"),
    _damage("stray list item", _inserted(4, b"- read this"), "stray-line"),
    _damage("stray rule", _inserted(4, b"---"), "stray-line"),
    _damage("mark of a merge conflict", _inserted(4, b"<<<<<<< HEAD"), "stray-line"),
    _damage("heading in the middle", _inserted(4, b"# ArXiv cs.CV --Wed, 7 Apr 2021"), "stray-line"),
    _damage("title line lost", _without(4), "title-missing", "number-wrong"),
    _damage("abstract line lost", _without(5), "abstract-missing"),
    _damage("paper lost from the middle", lambda data: _without(4)(_without(4)(data)), "number-wrong"),
    _damage("abstract wrapped", _on_line(3, _wrapped), "stray-line"),
    _damage("title wrapped", _on_line(2, _wrapped), "id-malformed"),
    _damage("number skipped", _replaced(4, b"### 2.", b"### 3."), "number-wrong"),
    _damage("number with leading zero", _replaced(4, b"### 2.", b"### 02."), "number-wrong"),
    _damage("number in foreign digits", _replaced(4, b"### 2.", "### ٢.".encode()), "number-wrong"),
    _damage("number lost", _replaced(4, b"### 2.", b"### "), "number-wrong"),
    _damage("number of a thousand digits", _replaced(4, b"### 2.", b"### " + b"2" * 5000 + b"."), "number-wrong"),
    _damage("blank after the number", _replaced(4, b"### 2.", b"### 2. "), "title-line"),
    _damage("tab after the marks", _replaced(4, b"### ", b"###\t"), "control-character"),
    _damage("one mark lost", _replaced(4, b"### ", b"## "), "title-line"),
    _damage("marks lost", _replaced(4, b"### ", b""), "title-line"),
    _damage("one blank before the link", _replaced(4, b"  [ :arrow", b" [ :arrow"), "title-line"),
    _damage("blank after the link", _on_line(4, lambda line: line + b" "), "link-malformed"),
    _damage("arrow without blanks", _replaced(4, b"[ :arrow_down: ]", b"[:arrow_down:]"), "title-line"),
    _damage("title lost", _on_line(6, lambda line: b"### 3." + line[line.rindex(b"  [ ") :]), "title-empty"),
    _damage("link lost", _on_line(6, lambda line: line[: line.rindex(b"  [ ")]), "id-malformed"),
    _damage("http link", _address(lambda there: there.replace(b"https", b"http")), "link-malformed"),
    _damage("link to an abs page", _address(lambda there: there.replace(b"/pdf/", b"/abs/")), "link-malformed"),
    _damage("link to another host", _address(lambda there: there.replace(b"arxiv", b"arx1v")), "link-malformed"),
    _damage("link without .pdf", _address(lambda there: there.replace(b".pdf", b"")), "link-malformed"),
    _damage("link without bracket", _address(lambda there: there[:-1]), "link-malformed"),
    _damage("versioned link", _address(lambda there: there.replace(b".pdf", b"v2.pdf")), "link-versioned"),
    _damage("broken id", _address(lambda there: there[:-7] + b".pdf)"), "id-malformed"),
    _damage("id of a thirteenth month", _address(lambda _: b"https://arxiv.org/pdf/2113.00001.pdf)"), "id-malformed"),
    _damage("same paper twice", _twice, "id-duplicate"),
    _damage("papers in another order", _swapped, "order-broken"),
    _damage("abstract empty", _on_line(3, lambda _: b">        "), "abstract-empty"),
    _damage("abstract's mark lost", _on_line(3, lambda line: line[1:]), "stray-line"),
    _damage("one blank before the abstract", _replaced(3, b">  ", b"> "), "abstract-line"),
    _damage("three blanks before the abstract", _replaced(3, b">  ", b">   "), "abstract-line"),
    _damage("tab before the abstract", _replaced(3, b">  ", b">\t"), "control-character"),
    _damage("tab at the end", _on_line(3, lambda line: line.rstrip(b" ") + b"\t"), "control-character"),
    _damage("tail longer on one line", _tail(9), "tail-varies"),
    _damage("tail lost on one line", _tail(0), "tail-varies"),
    _damage("NUL in a title", _in_title(b"\0"), "control-character"),
    _damage("escape in a title", _in_title(b"\x1b[31m"), "control-character"),
    _damage("bidi override in a title", _in_title("\u202e".encode()), "control-character"),
    _damage("bidi isolate in an abstract", _in_abstract("\u2066".encode()), "control-character"),
    _damage("line separator in an abstract", _in_abstract("\u2028".encode()), "control-character"),
    _damage("paragraph separator in an abstract", _in_abstract("\u2029".encode()), "control-character"),
    _damage("next line in an abstract", _in_abstract("\x85".encode()), "control-character"),
    _damage("form feed in an abstract", _in_abstract(b"\x0c"), "control-character"),
    _damage("script in an abstract", _in_abstract(b"<script>alert(1)</script>"), "text-not-canonical"),
    _damage("image in a title", _in_title(b'<img src="x">'), "text-not-canonical"),
    _damage("script link", _in_abstract(b'<a href="javascript:x()">this https URL</a>'), "text-not-canonical"),
    _damage("handler in a link", _in_abstract(b'<a href="https://x.org" onclick="x()">x</a>'), "text-not-canonical"),
    _damage("link never closed", _in_abstract(b'<a href="https://x.org"'), "text-not-canonical"),
    _damage("bare angle bracket", _in_abstract(b"a < b"), "text-not-canonical"),
)
"""What the format alone gives away."""

EDITS = (
    _damage("word changed", _replaced(3, b"a", b"o"), "file-edited"),
    _damage("last paper lost", lambda data: b"\n".join(data.split(b"\n")[:-3]) + b"\n", "file-edited"),
    _damage(
        "every tail lost", lambda data: b"".join(line.rstrip() + b"\n" for line in data.splitlines()), "file-edited"
    ),
    _damage("another Wednesday", _heading(b"# ArXiv cs.CV --Wed, 14 Apr 2021"), "file-edited", "file-misplaced"),
)
"""Changes that leave a sound digest: only SQL and the recorded hash give them away."""
