"""One record of OAI-PMH in the format arXivRaw, from its element."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NoReturn

from syncd.core.author_names import split_authors
from syncd.core.dates import parse_time
from syncd.core.markup import plain_from_raw
from syncd.core.model import Metadata, PaperId, Record, Unreadable, Version, paper_id
from syncd.sources.feed_xml import MOST_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

OAI = "{http://www.openarchives.org/OAI/2.0/}"
RECORD = f"{OAI}record"
_RAW = "{http://arxiv.org/OAI/arXivRaw/}"
_HEADER, _IDENTIFIER, _DATESTAMP, _METADATA = (
    f"{OAI}{name}" for name in ("header", "identifier", "datestamp", "metadata")
)
_ARXIV_RAW, _ID, _TITLE, _ABSTRACT, _CATEGORIES, _VERSION, _CREATED, _SIZE, _KIND, _AUTHORS = (
    f"{_RAW}{name}"
    for name in (
        "arXivRaw",
        "id",
        "title",
        "abstract",
        "categories",
        "version",
        "date",
        "size",
        "source_type",
        "authors",
    )
)
_REQUIRED = frozenset({_ID, _TITLE, _ABSTRACT, _CATEGORIES})
_OPTIONAL = tuple(
    f"{_RAW}{name}"
    for name in ("submitter", "comments", "journal-ref", "doi", "report-no", "msc-class", "acm-class", "license")
)
"""The elements of the fields of `Metadata` after `authors`, in its order."""
_KNOWN = _REQUIRED | {_VERSION, _AUTHORS, *_OPTIONAL}
_PREFIX = "oai:arXiv.org:"
_LONGEST_KIND = 80
_ODD_VERSIONS = "its versions are not v1, v2 and so on"
Outcome = Record | Unreadable | PaperId
"""What one element of a record gives: a record, one that cannot be read, or the id of a deleted one."""
OTHER_FORMAT = "not arXivRaw"
"""How the reason begins where the metadata of a record is not in the format that was asked for."""


def read_outcome(element: Element, number: int) -> Outcome | None:
    """Return what a part of a list of records gives. A part that is not named so is a record if it holds an id, else None."""
    if element.tag != RECORD and _get_local_name(element) != "record" and not any(_list_named_ids(element)):
        return None
    header = element.find(_HEADER)
    identifier = header.findtext(_IDENTIFIER, "").strip() if header is not None else ""
    stamp = header.findtext(_DATESTAMP, "").strip() if header is not None else ""
    try:
        if element.tag != RECORD:
            _fail(f"not a record: {element.tag[:_LONGEST_KIND]}")
        if header is None or not identifier.startswith(_PREFIX):
            _fail(f"no identifier {_PREFIX}ID")
        paper = paper_id(identifier.removeprefix(_PREFIX))
        if header.get("status") == "deleted":
            return paper
        return _read_record(paper, _find_metadata(element), stamp)
    except ValueError as error:
        return _note_bad(element, number, error)


def _note_bad(element: Element, number: int, error: ValueError) -> Unreadable:
    """Return a record that cannot be read, with the id and the datestamp that it names in any namespace.

    Each is None where it names two.
    """
    ids = set(_list_named_ids(element))
    stamps = {read_day((one.text or "").strip()) for one in element.iter() if _get_local_name(one) == "datestamp"}
    return Unreadable(
        f"record {number}",
        str(error),
        ids.pop() if len(ids) == 1 else None,
        datestamp=stamps.pop() if len(stamps) == 1 else None,
    )


def _list_named_ids(element: Element) -> Iterator[PaperId]:
    for one in element.iter():
        if _get_local_name(one) in ("identifier", "id"):
            paper = read_id((one.text or "").strip().removeprefix(_PREFIX))
            if paper is not None:
                yield paper


def _get_local_name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def read_id(text: str) -> PaperId | None:
    """Return the id that is this text, None where it is none."""
    try:
        return paper_id(text)
    except ValueError:
        return None


def read_day(text: str) -> date | None:
    """Return the date that is this text in ISO form, None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _find_metadata(record: Element) -> Element:
    metadata = record.find(_METADATA)
    if metadata is None or len(metadata) != 1:
        _fail("not exactly one element of metadata")
    if metadata[0].tag != _ARXIV_RAW:
        _fail(f"{OTHER_FORMAT}: {metadata[0].tag[:_LONGEST_KIND]}")
    return metadata[0]


def _read_record(paper: PaperId, raw: Element, datestamp: str) -> Record:
    texts: dict[str, str | None] = {}
    versions: list[Version] = []
    for child in raw:
        tag = child.tag
        if tag == _VERSION:
            versions.append(_read_version(child, len(versions) + 1))
        elif tag in texts or len(child):
            _take_odd_text(texts, child)
        else:
            texts[tag] = child.text or ""
    if (texts.get(_ID) or "").strip() != paper:
        _fail("header and metadata name different ids")
    if sum(map(len, filter(None, texts.values()))) > MOST_TEXT:
        _fail(f"more than {MOST_TEXT} characters")
    if not _KNOWN.issuperset(texts):
        _check_names(texts)
    return Record(
        id=paper,
        title=_read_text(texts, _TITLE),
        abstract=_read_text(texts, _ABSTRACT),
        categories=tuple(_read_text(texts, _CATEGORIES).split()),
        versions=tuple(versions) or _fail(_ODD_VERSIONS),
        datestamp=date.fromisoformat(datestamp),
        metadata=_read_metadata(texts),
    )


def _check_names(texts: Mapping[str, str | None]) -> None:
    """Refuse an element of the format whose namespace is lost: its text would be taken for one that is not stated."""
    for tag in texts:
        if tag not in _KNOWN and _RAW + tag.rpartition("}")[2] in _KNOWN:
            _fail(f"another namespace: {tag[:_LONGEST_KIND]}")


def _take_odd_text(texts: dict[str, str | None], element: Element) -> None:
    """Take an element that stands twice, or has elements inside: its first text, or None where it has none to be read."""
    tag = element.tag
    if tag in _REQUIRED:
        _fail(f"<{tag.removeprefix(_RAW)[:40]}> stands twice or has elements inside")
    texts[tag] = texts.get(tag) or (None if len(element) else element.text or "")


def _read_metadata(texts: Mapping[str, str | None]) -> Metadata:
    """Return what the optional elements state. The format is complete: where one of them is missing, there is no such text."""
    stated = [plain_from_raw(text) if (text := texts.get(tag, "")) else text for tag in _OPTIONAL]
    return Metadata(split_authors(texts.get(_AUTHORS) or ""), *stated)


def _read_text(texts: Mapping[str, str | None], tag: str) -> str:
    text = texts.get(tag)
    return text if text and not text.isspace() else _fail(f"no {tag.removeprefix(_RAW)}")


def _read_version(element: Element, number: int) -> Version:
    """Return the version of that number, which its element must name."""
    if element.get("version") != f"v{number}":
        _fail(_ODD_VERSIONS)
    created = parse_time(element.findtext(_CREATED, "").strip())
    kind = element.findtext(_KIND, "")
    if len(kind) != 1:
        kind = plain_from_raw(kind, _LONGEST_KIND)
    return Version(number, created, kind == "I", _read_size(element.findtext(_SIZE, "")), kind or None)


def _read_size(text: str) -> int | None:
    """Return the kilobytes of `1102kb`. None for any other text."""
    digits = text[:-2]
    return int(digits) if text[-2:] == "kb" and digits.isdecimal() and len(digits) < 10 else None


def _fail(why: str) -> NoReturn:
    raise ValueError(why)
