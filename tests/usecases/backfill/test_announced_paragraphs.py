"""Old texts come from the API without line ends: a backfill recovers their paragraphs, and says where it cannot."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.core import markup
from syncd.core.model import Paragraphs, State
from syncd.rehearsal.history import assemble
from syncd.report import backfill_output
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.inspect.report import gather_facts
from syncd.usecases.progress import RunControl, WaitingClient
from syncd.usecases.replay import replay, verify
from syncd.usecases.upstream import UpstreamAccess
from tests.support.generated_history import grown_history
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.core.model import Entry, PaperId
    from syncd.core.results import BackfillResult
    from syncd.rehearsal.history import History, Work
    from syncd.web import Response

SINCE, STOP, NOW = date(2026, 3, 23), date(2026, 4, 10), date(2026, 7, 2)
"""The last days are within reach of catchup pages, the others are not."""
FIRST = "Pictures of harbours are many. Few of them show a lamp at night."
SECOND = "\n  We ask which lamp was lit first. The answer needs one picture only."
LATER = {
    "title only": FIRST + SECOND,
    "a word": FIRST.replace("show a", "show one") + SECOND,
    "without paragraphs": "Entirely new words stand here.",
}
"""The abstract of the newest version, for what was revised."""


@dataclass
class FoldingApi:
    """Upstream as it is since 2026: the texts of the API have no line ends."""

    world: World

    def get(self, url: str, *, expect: str) -> Response:
        response = self.world.get(url, expect=expect)
        if "/api/query" not in url:
            return response
        folded = re.sub(
            rb"<summary>.*?</summary>", lambda one: b" ".join(one[0].split()), response.body, flags=re.DOTALL
        )
        return replace(response, body=folded)


@dataclass
class Filled:
    here: World
    done: BackfillResult
    entries: dict[PaperId, Entry]
    revised: dict[PaperId, str]


def make_history(revised: dict[PaperId, str]) -> History:
    """A history in which every second paper of two versions has two paragraphs first. `revised` gets what changed."""
    grown = grown_history(random.Random(3), SINCE, STOP, 12)

    def rewrite(work: Work) -> Work:
        if len(work.editions) < 2:
            return work
        what = list(LATER)[len(revised) % len(LATER)]
        revised[work.id] = what
        first, *others = work.editions
        later = (replace(one, abstract=LATER[what]) for one in others)
        return replace(work, editions=(replace(first, abstract=FIRST + SECOND), *later))

    return assemble(grown.days, map(rewrite, grown.works))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    revised: dict[PaperId, str] = {}
    with world(tmp_path_factory.mktemp("filled"), noon(NOW), make_history(revised)) as here:
        with here.open() as work:
            watch = RunControl()
            access = UpstreamAccess(WaitingClient(FoldingApi(here), watch), here.upstream, watch)
            done = backfill(work, access, BackfillRequest(SINCE, STOP))
            entries = {entry.id: entry for digest in work.store.digests() for entry in digest.entries}
        yield Filled(here, done, entries, {one: what for one, what in revised.items() if one in entries})


def test_paragraphs_are_those_announced_wherever_a_later_text_shows_them(filled: Filled) -> None:
    announced = markup.abstract_from_raw(FIRST + SECOND)
    assert set(filled.revised.values()) == set(LATER)
    for one, what in filled.revised.items():
        entry = filled.entries[one]
        known = what != "without paragraphs"
        assert entry.abstract == (announced if known else announced.replace(" <br>", " "))
        assert entry.paragraphs is (Paragraphs.RECOVERED if known else Paragraphs.UNKNOWN)
    others = {entry.paragraphs for entry in filled.entries.values() if entry.id not in filled.revised}
    assert others <= {Paragraphs.KEPT, Paragraphs.RECOVERED}


def test_abstracts_of_unknown_paragraphs_are_counted(filled: Filled) -> None:
    unknown = list(filled.revised.values()).count("without paragraphs")
    assert filled.done.paragraphs_unknown == unknown > 0
    assert backfill_output.fields(filled.done, ())["paragraphs_unknown"] == unknown
    assert any("paragraphs unknown" in line for line in backfill_output.lines(filled.done, ()))
    with filled.here.open() as work:
        assert gather_facts(work).paragraphs_unknown == unknown


def test_the_vault_proves_the_texts_whose_paragraphs_it_does_not_have(filled: Filled) -> None:
    with filled.here.open() as work:
        assert verify.verify(work).changes == ()


def test_the_journal_gives_back_what_is_known_of_paragraphs(filled: Filled) -> None:
    filled.here.sql("UPDATE entry SET paragraphs = 'kept' WHERE paragraphs = 'unknown'")
    with filled.here.open() as work:
        replay.replay(work)
        again = {entry.id: entry for digest in work.store.digests() for entry in digest.entries}
        assert {report.state for report in work.reports(SINCE, STOP)} >= {State.COMPLETE, State.RECONSTRUCTED}
    assert again == filled.entries
