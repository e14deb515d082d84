"""Test the quick proof of rows against what judges them: `find_corruption`, which reads them as mailings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncd.core.digest.hashing import sha256
from syncd.core.errors import DatabaseError
from syncd.core.model import Entry
from syncd.usecases.reconcile.day_state import find_corruption
from syncd.usecases.reconcile.write import Provenance, write_mailing
from syncd.usecases.workspace import Access, Workspace
from tests.support.row_damage import ROW_DAMAGES
from tests.support.sound_archive import DAY, DAYS, Held, copied, invented

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

MORE_DAMAGES = {
    "plain text of marked text": "UPDATE paper_text SET abstract = abstract || ' ' WHERE has_markup",
    "mark lost": "UPDATE paper_text SET has_markup = 0 WHERE has_markup",
    "mark of no kind": "UPDATE paper_text SET has_markup = 'x'",
    "title of marked text": "UPDATE paper_text SET title = 'x', title_html = 'x' WHERE has_markup",
    "entry of another date": "UPDATE entry SET day = '2021-04-07', number = 60 WHERE day = '2021-04-06' AND number = 1",
    "text lost": "DELETE FROM paper_text WHERE number = 1",
    "mailing lost": "DELETE FROM mailing WHERE day = '2021-04-07'",
    "entries lost": "DELETE FROM entry WHERE day = '2021-04-07'",
    "hash of rows": "UPDATE mailing SET rows_sha256 = sha256",
}


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def prove(work: Workspace) -> dict[date, str | None]:
    return dict(work.store.prove_mailings())


def judge(work: Workspace) -> dict[date, str | None]:
    stored = list(work.store.stored_mailings())
    return {one.mailing.day: one.mailing.sha256 if find_corruption(one) is None else None for one in stored}


def test_sound_rows_are_proven_with_the_hash_of_their_file(held: Held) -> None:
    with held.open() as work:
        assert prove(work) == {day: sha256(held.file(day).read_bytes()) for day in DAYS}


@pytest.mark.parametrize("damage", [*ROW_DAMAGES.values(), *MORE_DAMAGES.values()], ids=[*ROW_DAMAGES, *MORE_DAMAGES])
def test_damaged_rows_are_proven_only_where_their_judge_agrees(held: Held, damage: str) -> None:
    held.sql(damage)
    with held.open() as work:
        try:
            wanted = judge(work)
        except DatabaseError:
            wanted = {day: proven for day, proven in prove(work).items() if proven is None}
            assert wanted
        else:
            assert prove(work) == wanted
            assert wanted != {day: sha256(held.file(day).read_bytes()) for day in DAYS}


def test_texts_of_every_kind_are_proven(held: Held) -> None:
    texts = [
        "Plain words.",
        "R&amp;D with a &lt; b.",
        "Two paragraphs. <br>The second.",
        'Code: <a class="link-external link-https" href="https://x.org/y" rel="external noopener nofollow">this https URL</a>.',
        "An unusual <br> break, and  two blanks.",
        "Poincaré, 漢字 and $x_1$.",
    ]
    digest = invented(DAYS[-1].replace(day=9), len(texts), listed=True)
    entries = tuple(
        Entry(one.id, f"{at} &amp; Title", text, one.section, one.version, one.certainty)
        for at, (one, text) in enumerate(zip(digest.entries, texts, strict=True))
    )
    with held.open(Access.CREATE) as work:
        how = Provenance(work.store.mailings()[DAY].state, "adopted", "x", None)
        outcome = write_mailing(work, type(digest)(digest.day, digest.category, entries, 1), how)
        assert outcome.error is None
        proven = prove(work)
        assert proven[digest.day] == sha256(held.file(digest.day).read_bytes())
        assert proven == judge(work)
