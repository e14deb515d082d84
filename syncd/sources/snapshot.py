"""The public arXiv metadata set, one JSON object a line, as records and as bounds for the days of other papers.

It opens no file. A line that cannot be read is reported, and reading continues with the next one.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, NoReturn

from syncd.core.author_names import add_key_names, split_authors
from syncd.core.categories import has_category, list_names
from syncd.core.dates import parse_time
from syncd.core.mailing.evidence import Bound, bound
from syncd.core.markup import plain_from_raw
from syncd.core.model import Metadata, PaperId, Record, Version, paper_id
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncd.core.model import Author

_ID = re.compile(rb'\{"id": ?"([^"\\]+)"')
_CATEGORIES = re.compile(rb'"categories": ?"([^"\\]+)"')
_FIRST_VERSION = re.compile(rb'"versions": ?\[\{"version": ?"v1", ?"created": ?"([^"\\]+)"')
_UPDATED = re.compile(rb'"update_date": ?"([^"\\]+)"')

_ANY_ID = re.compile(rb'(?<!\\)"id"\s*:\s*"?([!#-+\--Z^-~]{1,40})')
_ANY_CATEGORIES = re.compile(rb'(?<!\\)"categories"\s*:\s*"([^"\\]+)"')

_NUMBER = re.compile(r"v([1-9]\d{0,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that is not a record: its number from 1, what is wrong with it, and the id that it names, if it does.

    `is_other` says that it names its categories, and that the one wanted is not among them.
    """

    line: int
    why: str
    id: PaperId | None = None
    is_other: bool = False


def is_gzip(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is packed by gzip."""
    return head.startswith(b"\x1f\x8b")


def is_zip(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is a zip archive. The set is published as one."""
    return head.startswith(b"PK\x03\x04")


def read_lines(lines: Iterable[bytes], category: str | None = None) -> Iterator[Record | Bound | Malformed]:
    """Yield what each line says: a Record of the category, or a Bound of any other paper. Without a category, Records only.

    The set does not say which versions withdraw a paper, so no version is marked. `update_date` is the datestamp. Of a line
    of another category only the few fields needed are read, and the rest is not checked. Blank lines are skipped.
    """
    wanted = {name.encode() for name in list_names(category)} if category is not None else None
    for number, line in enumerate(lines, 1):
        if line.isspace() or not line:
            continue
        try:
            bound_only = _read_bound(line, wanted) if wanted is not None else None
            yield bound_only or _read_line(line, category)
        except json.JSONDecodeError as error:
            yield _describe_malformed(number, line, f"not JSON: {error.msg}", wanted)
        # Deeply nested JSON exhausts the stack of the parser before it is found to be wrong.
        except (ValueError, RecursionError) as error:
            yield _describe_malformed(number, line, str(error), wanted)


def is_array(first: bytes) -> bool:
    """Return whether a file whose first line is this holds one JSON array, and not one object in each line."""
    return _strip_mark(first).startswith(b"[")


def describe_other_form(line: bytes) -> str | None:
    """Return what a file is that begins with lines like this, None where it may be the set: one JSON object in each line."""
    if _strip_mark(line).startswith(b"{") or line.isspace():
        return None
    return "a JSON array, not one object in each line" if is_array(line) else "not JSON with one object in each line"


def _strip_mark(line: bytes) -> bytes:
    return line.removeprefix(b"\xef\xbb\xbf").lstrip()


def _describe_malformed(number: int, line: bytes, why: str, wanted: set[bytes] | None) -> Malformed:
    named, listed = _ANY_ID.search(line), _ANY_CATEGORIES.search(line)
    is_other = wanted is not None and listed is not None and wanted.isdisjoint(listed[1].split())
    return Malformed(number, why, _restore_id(named[1].decode()) if named else None, is_other)


def _restore_id(text: str) -> PaperId | None:
    """Return the id that a text or a number names. A number has lost the zeros at its ends."""
    month, point, number = text.partition(".")
    if point and month.isdecimal() and number.isdecimal():
        month = month.zfill(4)
        text = f"{month}.{number.ljust(5 if month >= '1501' else 4, '0')}"
    try:
        return paper_id(text)
    except ValueError:
        return None


def _read_bound(line: bytes, wanted: set[bytes]) -> Bound | None:
    """Return the bound of a line of another category without parsing it whole, None where it must be parsed.

    This is safe with JSON: inside a string a quote has a backslash before it, so a name in plain quotes is a key.
    """
    categories = _CATEGORIES.match(line, line.find(b'"categories":'))
    if categories is None or not wanted.isdisjoint(categories[1].split()):
        return None
    paper = _ID.match(line)
    created = _FIRST_VERSION.match(line, line.rfind(b'"versions":'))
    updated = _UPDATED.match(line, line.rfind(b'"update_date":'))
    if paper is None or created is None or updated is None or not line.rstrip().endswith(b"}"):
        return None
    return Bound(paper_id(paper[1].decode()), parse_time(created[1].decode()), date.fromisoformat(updated[1].decode()))


def _read_line(line: bytes, category: str | None) -> Record | Bound:
    record = _read_record(json.loads(line))
    return record if category is None or has_category(record.categories, category) else bound(record)


def _read_record(fields: object) -> Record:
    if not isinstance(fields, dict):
        _fail("not an object")
    return Record(
        id=paper_id(_read_text(fields, "id")),
        title=_read_text(fields, "title"),
        abstract=_read_text(fields, "abstract"),
        categories=tuple(_read_text(fields, "categories").split()),
        versions=_read_versions(fields.get("versions")),
        datestamp=date.fromisoformat(_read_text(fields, "update_date")),
        metadata=_read_metadata(fields),
    )


def _read_metadata(fields: dict[str, object]) -> Metadata:
    return Metadata(
        authors=_read_authors(fields.get("authors"), fields.get("authors_parsed")),
        submitter=_read_optional(fields, "submitter"),
        comments=_read_optional(fields, "comments"),
        journal_reference=_read_optional(fields, "journal-ref"),
        doi=_read_optional(fields, "doi"),
        report_number=_read_optional(fields, "report-no"),
        licence=_read_optional(fields, "license"),
    )


def _read_optional(fields: dict[str, object], name: str) -> str | None:
    """Return a text in plain form. Empty where the set has null, None where it does not have the field or no text in it."""
    text = fields.get(name, 0)
    return plain_from_raw(text) if isinstance(text, str) else "" if text is None else None


def _read_authors(text: object, parsed: object) -> tuple[Author, ...] | None:
    """Return the authors as the text names them, with the key names of the parsed list where both agree in number."""
    parts = _read_parsed_names(parsed)
    if not isinstance(text, str):
        text = ", ".join(f"{forenames} {key}" for key, forenames in parts)
    authors = split_authors(text)
    if authors is None or len(parts) != len(authors):
        return authors
    return add_key_names(authors, [plain_from_raw(key) for key, _ in parts])


def _read_parsed_names(parsed: object) -> list[tuple[str, str]]:
    """Return key name and forenames of each author of `authors_parsed`. Empty when it is not a list of lists of texts."""
    found = []
    for name in parsed if isinstance(parsed, list) else ():
        if not (isinstance(name, list) and len(name) > 1 and isinstance(name[0], str) and isinstance(name[1], str)):
            return []
        found.append((name[0], name[1]))
    return found


def _read_text(fields: dict[str, object], name: str) -> str:
    text = fields.get(name)
    if not isinstance(text, str) or not text or text.isspace():
        _fail(f"no {name}")
    if not text.isascii():
        text.encode()  # raises for half of a surrogate pair, which is not text
    return text


def _read_versions(listed: object) -> tuple[Version, ...]:
    if not isinstance(listed, list) or not listed:
        _fail("no versions")
    versions = tuple(map(_read_version, listed))
    if [version.number for version in versions] != list(range(1, len(versions) + 1)):
        _fail("versions are not v1, v2 …")
    return versions


def _read_version(fields: object) -> Version:
    if not isinstance(fields, dict):
        _fail("versions are not objects")
    number = _NUMBER.fullmatch(_read_text(fields, "version"))
    if number is None:
        _fail("versions are not v1, v2 …")
    return Version(int(number[1]), parse_time(_read_text(fields, "created")))


def _fail(why: str) -> NoReturn:
    raise ValueError(why)
