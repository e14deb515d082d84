"""A quick proof that the rows of mailings are those that were recorded, and that they give the files that were recorded.

It reads rows as the driver has them, in the order in which they lie on the disk, and makes no object of an entry: a sixth of the
work of `stored_mailings`. It must not say what is wrong with rows, or accept what `find_corruption` would not: that is the judge
of what is not proven. No transaction begins or ends here.
"""

from __future__ import annotations

from html import escape
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from syncd.archive.sql import texts
from syncd.archive.sql.entry_ids import ENTRY_SPAN, make_entry_id
from syncd.archive.sql.row_hashes import HASHED_OF_ENTRY, hash_rows
from syncd.archive.sql.statements import SINCE, UNTIL
from syncd.archive.sql.stored_mailings import IS_TEXT, MAILINGS
from syncd.archive.sql.tables import ENTRY, PAPER_TEXT
from syncd.core.digest.form import abstract_line, heading, link_to, title_line
from syncd.core.digest.hashing import sha256
from syncd.core.model import PaperId, Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy import Connection

    _Row = Sequence[Any]

_AT = {column.name: at for at, column in enumerate(HASHED_OF_ENTRY)}
_DAY, _PAPER, _SECTION = _AT["day"], _AT["paper_id"], _AT["section"]
_OF_ENTRY = len(HASHED_OF_ENTRY)
_NEW, _CROSS = Section.NEW.value, Section.CROSS.value
_COUNTS = select(ENTRY.c.day, func.count()).where(ENTRY.c.day.between(SINCE, UNTIL)).group_by(ENTRY.c.day)
# The ids of entries ascend with date and number. By date and number, SQLite would sort the rows, texts and all.
_ENTRIES = (
    select(*HASHED_OF_ENTRY, *texts.STORED)
    .outerjoin(PAPER_TEXT, IS_TEXT)
    .where(ENTRY.c.id.between(SINCE, UNTIL))
    .order_by(ENTRY.c.id)
)


def prove(connection: Connection, category: str, since: date, until: date) -> Iterator[tuple[date, str | None]]:
    """Yield each mailing of the range, ascending, with the hash of the file that its rows give. None where nothing is proven.

    The connection must see one state of the data.
    """
    proven = {day for day, _ in render_proven(connection, category, since, until)}
    mailings = connection.execute(MAILINGS, {"since": since, "until": until})
    yield from ((row[0], row.sha256 if row[0] in proven else None) for row in mailings.all())


def render_proven(connection: Connection, category: str, since: date, until: date) -> Iterator[tuple[date, bytes]]:
    """Yield those mailings of the range that are proven, ascending, with the file that their rows give."""
    days = {"since": since, "until": until}
    mailings = {str(row[0]): row for row in connection.execute(MAILINGS, days)}
    # An entry whose id is that of another date is not among those that are read by id.
    counts = {str(day): count for day, count in connection.execute(_COUNTS, days)}
    ids = {"since": make_entry_id(since, 0), "until": make_entry_id(until, ENTRY_SPAN - 1)}
    rows: Any = connection.execute(_ENTRIES, ids).cursor
    for day, group in groupby(rows, key=itemgetter(_DAY)):
        entries, mailing = list(group), mailings.get(str(day))
        if mailing is not None and len(entries) == counts.get(str(day)):
            file = _prove_one(category, mailing, entries)
            if file is not None:
                yield mailing[0], file


def _prove_one(category: str, mailing: Any, entries: Sequence[_Row]) -> bytes | None:
    """Return the file that the rows of a mailing give. None where it is not proven that they are sound."""
    try:
        are_recorded = (
            _are_counts_right(mailing, [entry[_SECTION] for entry in entries])
            and hash_rows(mailing[:-1], (entry[:_OF_ENTRY] for entry in entries)) == mailing[-1]
        )
        file = _render(category, mailing, entries) if are_recorded else None
    except (ValueError, TypeError, AttributeError):  # values of other types than the columns have
        return None
    return file if file is not None and sha256(file) == mailing.sha256 else None


def _are_counts_right(mailing: Any, sections: list[str | None]) -> bool:
    """Return whether the numbers of the mailing are those of its entries, and no new submission stands behind a cross-list."""
    new, cross = sections.count(_NEW), sections.count(_CROSS)
    are_known = new + cross == len(sections)
    counts = (new, cross) if are_known else (None, None)
    is_in_order = not cross or _NEW not in sections[sections.index(_CROSS) :]
    recorded = mailing.papers, mailing.new_submissions, mailing.cross_lists
    return is_in_order and recorded == (len(sections), *counts)


def _render(category: str, mailing: Any, entries: Sequence[_Row]) -> bytes:
    """Return the file that the rows give. ValueError for a text whose plain text is not that of its HTML."""
    tail, lines = mailing.tail, [heading(mailing.day, category)]
    for number, entry in enumerate(entries, 1):
        paper, (title, abstract, title_html, has_markup, abstract_html) = entry[_PAPER], entry[_OF_ENTRY:]
        if title_html is None and abstract_html is None and has_markup == 0:
            # To look for the three is faster than to replace what most titles do not have.
            title = escape(title, quote=False) if "&" in title or "<" in title or ">" in title else title
        else:
            title, abstract = texts.to_sound_html(
                PaperId(paper), (title, abstract, title_html, has_markup, abstract_html)
            )
        lines.append(title_line(str(number), title, link_to(paper)))
        lines.append(abstract_line(abstract, tail))
    # Line by line, as to encode one that is ASCII takes a tenth of the time. Most are, and nearly no file is.
    return b"\n".join([line.encode() for line in (*lines, "")])
