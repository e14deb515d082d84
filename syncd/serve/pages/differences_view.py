"""Where the archive differs from what was seen later: texts that arXiv changed after their mailing, and deleted papers.

Nothing is asked for this page, and a paper that no source was asked about is not on it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from syncd.core.printable import printable
from syncd.report.diff.word_diff import compare_words
from syncd.report.history_text import describe_knowledge, knowledge_fields
from syncd.report.json_fields import of_deletion
from syncd.serve.visit import BadQuestion, Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.core.paper_history import RevisedPaper
    from syncd.report.json_fields import Fields
    from syncd.serve.document import Document
    from syncd.serve.visit import Visit

_SHOWN = 60


def show_differences(visit: Visit) -> Document:
    """Return the page or the object of the newest differences, up to a date where one is given."""
    typed = visit.get("until", 10)
    try:
        until = date.fromisoformat(typed) if typed else date.max
    except ValueError:
        raise BadQuestion("until is a date such as 2021-04-07") from None
    store = visit.work.store
    found = store.list_revised(until, _SHOWN + 1)
    known, deleted = store.read_knowledge(), store.list_deleted()
    # The last date may be cut in the middle: it begins the next page again.
    older = found[_SHOWN].day if len(found) > _SHOWN else None
    if visit.form is Form.JSON:
        fields: Fields = {
            "differences": [difference for one in found[:_SHOWN] for difference in _list_fields(one)],
            "deleted": [{"id": one.id, "date": str(one.day)} | of_deletion(one.deletion) for one in deleted],
            "known": knowledge_fields(known),
            "older": str(older) if older else None,
        }
        return visit.json("serve", fields)
    papers = [(one, *_compare(one)) for one in found[:_SHOWN]]
    return visit.html(
        "differences.html",
        papers=papers,
        older=older if older and older < until else None,
        until=typed,
        known=describe_knowledge(known),
        deleted=deleted,
    )


def _compare(one: RevisedPaper) -> tuple[object, object]:
    title, later = printable(one.title), printable(one.later_title)
    text, later_text = printable(one.abstract), printable(one.later_abstract)
    return (
        compare_words(title, later) if title != later else None,
        compare_words(text, later_text) if text != later_text else None,
    )


def _list_fields(one: RevisedPaper) -> Iterator[Fields]:
    """Yield the differences of one paper, with the fields of `syncd diff`, and when what source showed it."""
    is_newer = one.latest is not None and one.version is not None and one.latest > one.version
    pairs = (("title", one.title, one.later_title), ("abstract", one.abstract, one.later_abstract))
    for field, ours, theirs in pairs:
        if ours != theirs:
            yield {
                "date": str(one.day),
                "id": one.id,
                "code": "revised" if is_newer else f"{field}-changed",
                "field": field,
                "ours": ours,
                "theirs": theirs,
                "version": one.version,
                "latest_version": one.latest,
                "source": one.source,
                "seen": one.seen.isoformat(),
            }
