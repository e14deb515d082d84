"""OAI-PMH in the format arXivRaw, the bulk metadata: the addresses of a harvest, and what a response says.

It accepts a response only if it is whole, and expands no XML entity. Days and categories are not its concern.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from datetime import date, datetime
from itertools import accumulate
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from syncd.core.dates import convert_to_utc
from syncd.core.errors import GuardRefused, LayoutUnknown, PartialPage
from syncd.core.model import Record, Unreadable
from syncd.core.values import dataclass
from syncd.sources.feed_xml import CUT, MOST_BESIDE, MOST_TEXT, check_unfinished
from syncd.sources.oai_record import OAI, OTHER_FORMAT, read_outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from syncd.core.model import PaperId
    from syncd.sources.oai_record import Outcome

_OWN_GROUP = frozenset({"cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"})
"""Archives that are groups themselves. All others belong to `physics` (arXiv's ListSets, 2026)."""

_TOKEN, _ERROR, _DATE = f"{OAI}resumptionToken", f"{OAI}error", f"{OAI}responseDate"
_LIST, _ONE = f"{OAI}ListRecords", f"{OAI}GetRecord"
_VERBS = frozenset({_LIST, _ONE})
_IDENTIFIED = re.compile(rb"<identifier>oai:arXiv\.org:([^<]*)</identifier>")
_RECORD_BEGIN, _RECORD_END = b"<record>", b"</record>"
_SLICE = 1 << 16
_DOCTYPE = "<!DOCTYPE"


class TokenRefused(GuardRefused):
    """The resumption token has expired or never was valid. The caller asks for its slice from the beginning again."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one response holds, in its order.

    `token` asks for the rest, None when this is the end. `deleted` are the ids of records that the repository has deleted.
    `bad_records` are those that cannot be read, with their number in the response from 1.
    `answered` is the time by the server's own clock (UTC), None when it gives none. `from` and `until` count days of that clock.
    """

    records: tuple[Record, ...]
    token: str | None
    deleted: tuple[PaperId, ...]
    bad_records: tuple[Unreadable, ...]
    answered: datetime | None


def set_of(category: str) -> str:
    """Return the set of a category or archive: `cs:cs:CV`, `physics:hep-th`, `physics:astro-ph:CO`."""
    archive, _, subject = category.partition(".")
    group = archive if archive in _OWN_GROUP else "physics"
    return ":".join(filter(None, (group, archive, subject)))


def first_url(base: str, set_name: str, since: date, until: date | None = None) -> str:
    """Return the address of the first part of the records of a set modified from `since` to `until`, UTC days, both included."""
    asked = {"verb": "ListRecords", "metadataPrefix": "arXivRaw", "set": set_name, "from": since.isoformat()}
    if until is not None:
        asked["until"] = until.isoformat()
    return f"{base}?{urlencode(asked, safe=':')}"


def next_url(base: str, token: str) -> str:
    """Return the address of the part that `token` names. A token is sent alone, exactly as it was received."""
    return f"{base}?verb=ListRecords&resumptionToken={quote(token, safe='')}"


def read(body: bytes) -> Batch:
    """Return what one response says, as `read_chunks` does."""
    return read_chunks(body[at : at + _SLICE] for at in range(0, len(body), _SLICE))


def cut_out(body: bytes, papers: Collection[PaperId]) -> bytes:
    """Return a response as it would be with the records of these papers only: reading it takes a fraction of the time.

    A response whose records are not found in its bytes is returned as it is.
    """
    begin, end = body.find(_RECORD_BEGIN), body.rfind(_RECORD_END)
    found = [one for one in _IDENTIFIED.finditer(body) if one[1].decode(errors="replace") in papers]
    if begin < 0 or end < begin or not found:
        return body
    pieces = []
    for one in found:
        first, last = body.rfind(_RECORD_BEGIN, 0, one.start()), body.find(_RECORD_END, one.end())
        pieces.append(body[first : last + len(_RECORD_END)])
    return b"".join((body[:begin], *pieces, body[end + len(_RECORD_END) :]))


def read_chunks(chunks: Iterable[bytes]) -> Batch:
    """Return what a response to ListRecords or GetRecord says, from its bytes in pieces of any size.

    Titles and abstracts are the character data as it stands. "No record matches" is an empty batch. TokenRefused when the
    token is bad. LayoutUnknown for every other error of the protocol (the reason is its code), for another format, and for
    what is not OAI-PMH. PartialPage (`truncated`) when the response was cut. A bad record is named in `bad_records`.
    """
    outcomes: list[Outcome] = []
    token, answered, verb = None, None, ""
    for element in _read_elements(chunks):
        tag = element.tag
        if tag == _TOKEN:
            token = (element.text or "").strip() or None
        elif tag == _DATE:
            answered = _read_time(element.text or "")
        elif tag == _ERROR:
            verb = verb or _check_error(element)
        elif tag in _VERBS:
            verb = tag
        else:
            _take_part(outcomes, element)
    if not verb:
        raise LayoutUnknown("neither records nor an error", reason="no-records")
    _check_format(outcomes, verb)
    return make_batch(outcomes, token, answered)


def _take_part(outcomes: list[Outcome], element: Element) -> None:
    outcome = read_outcome(element, len(outcomes) + 1)
    if outcome is not None:
        if len(outcomes) == MOST_BESIDE:
            raise LayoutUnknown(f"more than {MOST_BESIDE} records", reason="too-many-elements")
        outcomes.append(outcome)


def _check_format(outcomes: Sequence[Outcome], verb: str) -> None:
    """Refuse a response in another format. A single record of a list that has another one says nothing about the others."""
    bad = [found for found in outcomes if isinstance(found, Unreadable)]
    is_single = len(bad) == 1 and verb == _LIST
    if bad and len(bad) == len(outcomes) and not is_single and all(found.why.startswith(OTHER_FORMAT) for found in bad):
        raise LayoutUnknown(bad[0].why, reason="format")


def make_batch(outcomes: Sequence[Outcome], token: str | None, answered: datetime | None = None) -> Batch:
    """Return the outcomes as a batch, with the ids around each bad record."""
    ids = [found.id if isinstance(found, Record) else found if isinstance(found, str) else None for found in outcomes]
    nearest_before = accumulate(ids, _take_later)
    nearest_after = reversed([*accumulate(reversed(ids), _take_later)])
    bad = (
        replace(found, after=before, before=after)
        for found, before, after in zip(outcomes, nearest_before, nearest_after, strict=True)
        if isinstance(found, Unreadable)
    )
    return Batch(
        records=tuple(found for found in outcomes if isinstance(found, Record)),
        token=token,
        deleted=tuple(found for found in outcomes if isinstance(found, str)),
        bad_records=tuple(bad),
        answered=answered,
    )


def _take_later(earlier: PaperId | None, later: PaperId | None) -> PaperId | None:
    return later or earlier


def _read_elements(chunks: Iterable[bytes]) -> Iterator[Element]:
    """Yield the parts of a verb, each as soon as it is complete. At the end, yield the verb and everything beside it."""
    # The tree is built in C below an element of our own, and its finished parts are removed after each piece: this bounds
    # the memory. Asking the parser for every single element would cost more time than all the rest.
    builder = TreeBuilder()
    above = builder.start("above", {})
    parser = XMLParser(target=builder)  # noqa: S314  `_decode` lets no document type through, and so no entity
    try:
        for text in _decode(chunks):
            parser.feed(text)
            yield from _take_finished(above, 1)
            check_unfinished(above)
        parser.close()
    except ParseError as error:
        if error.code in CUT:
            raise PartialPage("ends before its end", reason="truncated") from None
        raise LayoutUnknown(f"not XML: {error}", reason="not-xml") from None
    yield from _take_finished(above, 0)
    yield from above.iterfind("*/*")


def _take_finished(above: Element, unfinished: int) -> Iterator[Element]:
    """Remove and yield the parts of a verb, except its last `unfinished` ones."""
    for root in above:
        for verb in root:
            if verb.tag in _VERBS and len(verb) > unfinished:
                yield from (parts := verb[: len(verb) - unfinished])
                del verb[: len(parts)]


def _decode(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield the response as text, so that the parser cannot assume another encoding.

    Refuse what could define an entity, and a text that would fill the memory: what stands between two `<` cannot be longer.
    """
    end, length = "", 0
    try:
        for text in codecs.iterdecode(chunks, "utf-8-sig"):
            if _DOCTYPE in end + text:
                raise LayoutUnknown("declares a document type", reason="doctype")
            end = (end + text)[-len(_DOCTYPE) :]
            length = len(text) - 1 - last if (last := text.rfind("<")) >= 0 else length + len(text)
            if length > MOST_TEXT:
                raise LayoutUnknown(f"a text of more than {MOST_TEXT} characters", reason="too-long")
            yield text
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise PartialPage("ends inside a character", reason="truncated") from None
        raise LayoutUnknown("not UTF-8", reason="encoding") from None


def _check_error(error: Element) -> str:
    """Return the code of the error that only says that there are no records. Raise every other one."""
    code, sentence = error.get("code", ""), (error.text or "").strip()[:200]
    if code == "badResumptionToken":
        raise TokenRefused(sentence, reason=code)
    if code != "noRecordsMatch":
        raise LayoutUnknown(sentence, reason=code or "no-code")
    return code


def _read_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        return convert_to_utc(moment) if moment.tzinfo else None
    except ValueError:
        return None
