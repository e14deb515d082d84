"""A paper: as it was announced beside what was seen last, its versions, its mailings, and how each fact is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.markup import plain
from syncd.core.printable import printable
from syncd.core.reasons import REASONS
from syncd.core.typed_id import parse_typed_id
from syncd.report import json_fields
from syncd.report.diff.word_diff import compare_words
from syncd.report.history_text import paper_fields
from syncd.report.text.paper_lines import CERTAINTIES, describe_text
from syncd.serve.visit import Form, MovedTo, NotHere
from syncd.usecases.inspect import show
from syncd.usecases.inspect.history import of_paper
from syncd.usecases.inspect.public_addresses import locate_paper

if TYPE_CHECKING:
    from syncd.core.results import PaperDetails
    from syncd.report.diff.word_diff import WordRun
    from syncd.serve.document import Document
    from syncd.serve.visit import Visit


def show_paper(visit: Visit) -> Document:
    """Return the page, or the object that `syncd show` prints."""
    asked = visit.request.path_params["paper"]
    try:
        paper, version = parse_typed_id(asked)
    except ValueError:  # its form is that of an id, its month or number is none
        raise NotHere(f"{asked} is no id of arXiv.") from None
    if version is not None:
        raise MovedTo(f"/paper/{paper}{visit.form}")
    work = visit.work
    found, life = show.show_paper(work, paper), of_paper(work, paper)
    if found is None or life is None:
        around = work.store.find_days_around(paper)
        near = {f"/{day}": f"the mailing of {day}, which has an id next to it" for day in around}
        raise NotHere(f"{paper} is in no mailing of this archive.", near)
    if visit.form is Form.JSON:
        return visit.json("show", json_fields.of_paper(found) | paper_fields(life))
    return visit.html(
        "paper.html",
        paper=found,
        life=life,
        arxiv=locate_paper(work.config, paper, None).url,
        certainties=CERTAINTIES,
        reasons=REASONS,
        text_of=describe_text(found) if found.announced else "",
        changes=_compare(found),
    )


def _compare(found: PaperDetails) -> dict[str, tuple[WordRun, ...] | None]:
    """Return how title and abstract differ now, as `_compare_texts` does."""
    ours = found.announced
    return {
        "title": _compare_texts(ours.title if ours else None, found.title),
        "abstract": _compare_texts(ours.abstract if ours else None, found.abstract),
    }


def _compare_texts(announced: str | None, current: str | None) -> tuple[WordRun, ...] | None:
    """Return how two texts of canonical HTML differ in their words. None where one is not known, or both say the same."""
    if announced is None or current is None:
        return None
    one, other = printable(plain(announced)), printable(plain(current))
    return None if one == other else compare_words(one, other)
