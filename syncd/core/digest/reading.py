"""The bytes of a file read as a digest, with every deviation from the format.

It must not decide whether a digest is true, and it never raises: something can be said of any bytes.

    bytes ─► lines (UTF-8, LF, NFC) ─► heading ─► title and abstract lines ─► tails, order ─► Digest
                   └────────────────────┴───── every deviation is an Issue ─────┴───────┘

Reading is lenient and comparing is strict. Each line is read as far as possible, then compared with the line that would be
written for it. So a file without a fault is one that is written back byte for byte.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import date
from functools import partial
from io import BytesIO
from itertools import chain, takewhile
from typing import TYPE_CHECKING, NamedTuple

from syncd.core.digest.form import (
    CATEGORY,
    CATEGORY_NAME,
    DEFAULT_TAIL,
    DIALECTS,
    FORBIDDEN,
    MONTHS,
    WEEKDAYS,
    abstract_line,
    find_forbidden,
    heading,
    link_to,
    title_line,
    to_bytes,
)
from syncd.core.digest.order import describe_late, find_ascents, find_late
from syncd.core.markup import find_violations
from syncd.core.model import Digest, Entry, Issue, PaperId, Parsed, Severity, versioned_id
from syncd.core.plural import pluralize
from syncd.core.reasons import severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Report = Callable[[int, str, str], None]
    Line = tuple[int, str]

MOST_ISSUES = 1000
"""How many deviations of one file are listed. A last one, `too-many`, says that the file was not read any further."""

_HEADING = re.compile(
    r"\s*#\s*arxiv\s+(?P<category>\S+)\s+-*\s*(?P<weekday>[a-z]+)\W+(?P<day>\d{1,2})\s+(?P<month>[a-z]{3})[a-z]*\s+(?P<year>\d{4})\s*",
    re.ASCII | re.IGNORECASE,
)
_LONGEST_HEADING = 200
_BOM = b"\xef\xbb\xbf"


def parse(data: bytes, category: str = CATEGORY) -> Parsed:
    """Return the digest as far as it can be read, and every deviation by ascending line.

    Never raises. Without an issue of severity fault, `render` returns exactly these bytes. Sections and versions are unknown
    (None), and the certainty is `adopted`. A digest of another category is read all the same, and reported. Takes linear time.
    """
    issues: list[Issue] = []
    report = partial(_report, issues)
    lines = takewhile(lambda _line: len(issues) <= MOST_ISSUES, _lines(data, report))
    first, day, named = _read_heading(lines, report)
    if named is not None and named != category:
        report(1, "other-category", f"{named[:40]}, not {category}")
    found = list(_read_entries(chain([first] if first else [], lines), report))
    tail = _find_common_tail(found, report)
    _check_order(found, report)
    digest = None
    if day is not None:
        digest = Digest(day, named or category, tuple(read.entry for read in found), tail)
    sound = not any(severity(issue.code) is Severity.FAULT for issue in issues)
    if sound and (digest is None or to_bytes(digest) != data):
        report(1, "not-canonical-bytes", "differs from what would be written")
    return Parsed(digest, tuple(sorted(issues, key=lambda issue: (issue.code == "too-many", issue.line))))


class _Read(NamedTuple):
    """An entry, the lines it was read from, and the number of blanks after its abstract (None when there is no abstract)."""

    entry: Entry
    title_line: int
    abstract_line: int
    tail: int | None


class _Title(NamedTuple):
    line: int
    id: PaperId | None
    text: str


def _report(issues: list[Issue], line: int, code: str, message: str) -> None:
    if len(issues) < MOST_ISSUES:
        issues.append(Issue(line, code, message))
    elif len(issues) == MOST_ISSUES:
        issues.append(Issue(line, "too-many", f"more than {MOST_ISSUES} deviations; not read any further"))


def _lines(data: bytes, report: Report) -> Iterator[Line]:
    """Yield the lines of a file without their ends, decoded, counted from 1. What the format does not allow is replaced."""
    if not data:
        report(1, "empty-file", "no bytes")
    if data.startswith(_BOM):
        report(1, "byte-order-mark", "begins with EF BB BF")
    if carriages := data.count(b"\r\n"):
        report(
            data.count(b"\n", 0, data.find(b"\r\n")) + 1,
            "crlf",
            f"{pluralize(carriages, 'line')} with CR LF at the end",
        )
    for number, raw in enumerate(BytesIO(data), start=1):
        line = raw.removeprefix(_BOM) if number == 1 else raw
        if not raw.endswith(b"\n"):
            report(number, "no-final-newline", "the file ends within this line")
        yield number, _decode(number, line.removesuffix(b"\n").removesuffix(b"\r"), report)


def _decode(number: int, raw: bytes, report: Report) -> str:
    try:
        line = raw.decode()
    except UnicodeDecodeError as error:
        report(number, "not-utf-8", f"byte {error.start + 1} of the line: {error.reason}")
        line = raw.decode(errors="replace")
    if found := find_forbidden(line):
        report(number, "control-character", f"U+{ord(found[0]):04X} at column {found.start() + 1}")
        line = FORBIDDEN.sub(" ", line)
    if not unicodedata.is_normalized("NFC", line):
        report(number, "not-nfc", "not in Unicode's form NFC")
    return line


def _read_heading(lines: Iterator[Line], report: Report) -> tuple[Line | None, date | None, str | None]:
    """Return the first line after a missing heading, the day and the category, each None where there is none."""
    for number, line in lines:
        found = _HEADING.fullmatch(line[:_LONGEST_HEADING])
        if found is not None:
            if number > 1:
                report(number, "heading-misplaced", "the heading belongs on line 1")
            return None, _read_day(number, line, found, report), found["category"]
        if line.strip(" "):
            report(number, "heading-missing", f"no heading but {line[:40]!r}")
            return (number, line), None, None
        report(number, "blank-line", "a blank line")
    report(1, "heading-missing", "no heading")
    return None, None, None


def _read_day(number: int, line: str, found: re.Match[str], report: Report) -> date | None:
    try:
        month = MONTHS.index(found["month"].title()) + 1
        day = date(int(found["year"]), month, int(found["day"]))
    except ValueError:
        report(number, "heading-date", f"no such date: {found['day']} {found['month']} {found['year']}")
        return None
    if found["weekday"][:3].title() != WEEKDAYS[day.weekday()]:
        report(number, "heading-weekday", f"{day} is a {WEEKDAYS[day.weekday()]}, not a {found['weekday'][:20]}")
    elif line != heading(day, found["category"]) or not CATEGORY_NAME.fullmatch(found["category"]):
        report(number, "heading-line", f"{line[:60]!r}, not {heading(day, found['category'][:20])!r}")
    return day


def _read_entries(lines: Iterable[Line], report: Report) -> Iterator[_Read]:
    waiting: _Title | None = None
    due: tuple[int, ...] = (1,)
    for at, line in lines:
        if line.startswith(">"):
            yield from _end_with_abstract(waiting, at, line, report)
            waiting = None
        elif line.startswith("### ") or ":arrow_down:" in line:
            yield from _end_without_abstract(waiting, report)
            waiting, due = _read_title(at, line, due, report)
        elif line.strip(" "):
            report(at, "stray-line", f"not a line of a digest: {line[:40]!r}")
        else:
            report(at, "blank-line", "a blank line")
    yield from _end_without_abstract(waiting, report)


def _end_without_abstract(waiting: _Title | None, report: Report) -> Iterator[_Read]:
    if waiting is not None:
        report(waiting.line, "abstract-missing", "a title line without an abstract after it")
        if waiting.id is not None:
            yield _Read(Entry(waiting.id, waiting.text, ""), waiting.line, waiting.line, None)


def _read_title(at: int, line: str, due: tuple[int, ...], report: Report) -> tuple[_Title, tuple[int, ...]]:
    """Return the title line, and the numbers of which one is due on the next.

    After a wrong number two are due: the one after it, as behind a gap, and the one that would have been due without it. So
    each wrong number is reported once, and not again on the lines after it.
    """
    number, _, rest = line.lstrip("# ").partition(".")
    if not (number.isdecimal() and len(number) <= 9):
        number, rest = "", line.lstrip("# ")
    text, _, address = rest.rpartition("](")
    title = text.rpartition("[")[0].strip(" ")
    paper, version = _read_id(address)
    is_due = number in map(str, due)
    if not is_due:
        report(at, "number-wrong", f"{number or 'no number'} where {due[0]} is due")
    if not title:
        report(at, "title-empty", "a title without text")
    if paper is None:
        report(at, "id-malformed", f"no arXiv id in {address[-60:]!r}")
    elif version is not None:
        report(at, "link-versioned", f"{paper} with version {version}")
    elif address != link_to(paper):
        report(at, "link-malformed", f"{address[:60]!r}, not '{link_to(paper)}'")
    if line != title_line(number, title, address):
        report(at, "title-line", "not spelt `### N.TITLE  [ :arrow_down: ](LINK)`")
    _check_text(at, title, report, is_title=True)
    read = int(number or due[0])
    return _Title(at, paper, title), (read + 1,) if is_due else (due[0] + 1, read + 1)


def _read_id(address: str) -> tuple[PaperId | None, int | None]:
    folder, _, name = address.rstrip(" )").rpartition("/")
    archive = folder.rpartition("/")[2]
    stem = name.removesuffix(".pdf")
    # An old-style id has a slash of its own: `cs/0401001`.
    for text in (stem, f"{archive}/{stem}"):
        try:
            return versioned_id(text)
        except ValueError:
            continue
    return None, None


def _end_with_abstract(title: _Title | None, at: int, line: str, report: Report) -> Iterator[_Read]:
    bare = line.rstrip(" ")
    text = bare.removeprefix(">").lstrip(" ")
    tail = len(line) - len(bare)
    if not text:
        report(at, "abstract-empty", "an abstract without text")
    elif line != abstract_line(text, tail):
        report(at, "abstract-line", "not spelt `>`, two blanks, text")
    _check_text(at, text, report, is_title=False)
    if title is None:
        report(at, "title-missing", "an abstract without a title line before it")
    elif title.id is not None:
        yield _Read(Entry(title.id, title.text, text), title.line, at, tail if text else None)


def _check_text(at: int, text: str, report: Report, *, is_title: bool) -> None:
    for wrong in find_violations(text, is_title=is_title) if text else ():
        report(at, "text-not-canonical", wrong[:120])


def _find_common_tail(found: Sequence[_Read], report: Report) -> int:
    """Return the tail of most abstract lines. Of two equally frequent ones a known dialect's wins, then the longer one."""
    counts = Counter(read.tail for read in found if read.tail is not None)
    known = {dialect.tail for dialect in DIALECTS}
    common = max(counts, key=lambda tail: (counts[tail], tail in known, tail), default=DEFAULT_TAIL)
    for read in found:
        if read.tail not in (common, None):
            report(read.abstract_line, "tail-varies", f"{read.tail} blanks at the end, most lines have {common}")
    return common


def _check_order(found: Sequence[_Read], report: Report) -> None:
    if not found:
        report(1, "no-entries", "no paper can be read")
        return
    ids = [read.entry.id for read in found]
    for at in find_ascents(ids)[1:]:
        report(found[at].title_line, "order-broken", f"{ids[at]} after {ids[at - 1]}: the ids ascend once more")
    late = frozenset(find_late(ids))
    seen: set[PaperId] = set()
    for at, read in enumerate(found):
        if read.entry.id in seen:
            report(read.title_line, "id-duplicate", f"{read.entry.id} stands above already")
        elif at in late:
            report(read.title_line, "late-crosslist", describe_late(read.entry.id))
        seen.add(read.entry.id)
