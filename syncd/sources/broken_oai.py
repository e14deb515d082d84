"""Read a response of OAI-PMH that cannot be read as a whole, record by record: one broken record hides no other."""

from __future__ import annotations

import html
import re
from dataclasses import replace

from syncd.core.errors import LayoutUnknown, PageError, PartialPage
from syncd.core.model import Unreadable
from syncd.sources.feed_xml import MOST_BESIDE
from syncd.sources.oai import Batch, make_batch, read
from syncd.sources.oai_record import Outcome, read_day, read_id

_IDENTIFIER_TEXT = re.compile(rb"<identifier>\s*oai:arXiv\.org:([!-;=-~]{1,40}?)\s*</identifier>")
_DATESTAMP_TEXT = re.compile(rb"<datestamp>\s*([0-9-]{10})\s*</datestamp>")
_TOKEN_TEXT = re.compile(rb"<resumptionToken[^>]*>([^<]*)</resumptionToken>")
_ALONE = (
    b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record%s</record></ListRecords></OAI-PMH>'
)
"""A response with one record, of the form of %-formatting."""


def salvage(body: bytes) -> Batch:
    """Return what can be read of a response to ListRecords that is not well-formed XML, or too large, each record by itself.

    LayoutUnknown when it does not show its own end, so that records behind the last one may be missing, and when it has more
    records than a response may have.
    """
    head, *pieces = re.split(rb"<record(?=[\s/>])", body)
    end = pieces[-1].rpartition(b"</record>")[2] if pieces else b""
    if b"<ListRecords" not in head or b"</ListRecords>" not in end:
        raise LayoutUnknown("not XML, and not a list of records with its end", reason="not-xml")
    if len(pieces) > MOST_BESIDE:
        raise LayoutUnknown(f"more than {MOST_BESIDE} records", reason="too-many-elements")
    outcomes = [_salvage_record(piece, number) for number, piece in enumerate(pieces, 1)]
    token = _TOKEN_TEXT.search(end)
    return make_batch(outcomes, html.unescape(token[1].decode("utf-8", "replace")).strip() or None if token else None)


def _salvage_record(piece: bytes, number: int) -> Outcome:
    """Return the record in the bytes behind the name of its element."""
    text, closed, _ = piece.partition(b"</record>")
    try:
        if not closed:
            raise PartialPage("ends before its end", reason="truncated")
        return _read_alone(text, number)
    except PageError as error:
        name, stamp = _IDENTIFIER_TEXT.search(text), _DATESTAMP_TEXT.search(text)
        paper = read_id(name[1].decode()) if name else None
        return Unreadable(
            f"record {number}", error.detail, paper, datestamp=read_day(stamp[1].decode()) if stamp else None
        )


def _read_alone(text: bytes, number: int) -> Outcome:
    batch = read(_ALONE % text)
    for bad in batch.bad_records:
        return replace(bad, where=f"record {number}")
    return batch.records[0] if batch.records else batch.deleted[0]
