"""Test what is read of a date, and each reason why rows cannot be trusted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from syncd.archive.sql.stored_mailings import StoredMailing
from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.errors import FaultyDigest, OtherCategory
from syncd.core.model import Digest, Finding, Mailing, Section, State
from syncd.usecases.reconcile.day_state import find_corruption, read_day, read_digests
from syncd.usecases.reconcile.lost_rows import NO_ENTRIES
from tests.support.digest_damage import SOUND
from tests.support.sound_archive import DAY, DAYS, LISTED, PLAIN, Held, copied, held_digest, invented

if TYPE_CHECKING:
    from pathlib import Path

FRIDAY, MONDAY = date(2021, 4, 9), date(2021, 4, 12)
RECORDED = datetime(2021, 4, 9, 12, tzinfo=UTC)
DIGEST = invented(FRIDAY, 2, crossed=1, listed=True)
ROW = Mailing(
    FRIDAY,
    State.COMPLETE,
    "catchup",
    "heading of a page",
    "0" * 64,
    sha256(digests.render(DIGEST)),
    DIGEST.tail,
    papers=3,
    new=2,
    cross=1,
    recorded=RECORDED,
)


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def stored(row: Mailing = ROW, digest: Digest = DIGEST) -> StoredMailing:
    """Return a mailing whose columns are as they were recorded."""
    return StoredMailing(row, digest, True, tuple(1 for _ in digest.entries))


def test_rows_as_they_were_recorded_can_be_trusted() -> None:
    assert find_corruption(stored()) is None


def test_rows_that_cannot_be_rendered_are_corrupt() -> None:
    first, *others = DIGEST.entries
    digest = replace(DIGEST, entries=(replace(first, title=" outer blanks "), *others))
    found = find_corruption(stored(digest=digest))
    assert found is not None
    assert found.startswith("the rows cannot be rendered: ")


def test_rows_with_a_column_that_was_changed_are_corrupt() -> None:
    changed = "a column of the mailing or its entries was changed after it was recorded"
    assert find_corruption(replace(stored(), is_as_recorded=False)) == changed


def test_a_plain_text_that_is_not_that_of_its_html_is_named_by_its_paper() -> None:
    odd = replace(stored(), odd_texts=tuple(entry.id for entry in DIGEST.entries))
    names = ", ".join(odd.odd_texts)
    assert find_corruption(odd) == f"the plain text of {names} is not that of its HTML"


def test_a_record_without_entries_is_corrupt() -> None:
    assert find_corruption(stored(digest=replace(DIGEST, entries=()))) == NO_ENTRIES


def test_entries_that_render_to_another_hash_are_corrupt() -> None:
    assert find_corruption(stored(replace(ROW, sha256="1" * 64))) is not None


@pytest.mark.parametrize("counts", [{"papers": 2}, {"new": 3}, {"cross": 2}, {"new": None, "cross": None}], ids=str)
def test_counts_that_the_entries_do_not_have_are_corrupt(counts: dict[str, int | None]) -> None:
    corruption = find_corruption(stored(replace(ROW, **counts)))  # type: ignore[arg-type]
    assert corruption is not None
    assert "are recorded" in corruption


def test_counts_are_recorded_only_when_every_section_is_known() -> None:
    first, *others = DIGEST.entries
    unknown = replace(DIGEST, entries=(replace(first, section=None), *others))
    assert find_corruption(stored(replace(ROW, new=None, cross=None), unknown)) is None
    assert find_corruption(stored(digest=unknown)) is not None


def test_a_new_submission_behind_a_cross_list_is_corrupt() -> None:
    sections = (Section.NEW, Section.CROSS, Section.NEW)
    entries = tuple(replace(entry, section=s) for entry, s in zip(DIGEST.entries, sections, strict=True))
    corruption = find_corruption(stored(digest=replace(DIGEST, entries=entries)))
    assert corruption == "a new submission stands behind a cross-list"


def test_a_date_in_agreement_needs_nothing(held: Held) -> None:
    with held.open() as work:
        content = read_day(work, DAY)
    assert content.file == SOUND
    assert content.from_file is not None
    assert (content.state.file, content.state.row, content.state.agreed) == (sha256(SOUND),) * 3
    assert (content.corruption, content.conflict, content.repeated) == (None, None, {})


@pytest.mark.parametrize("state", [State.CONFLICT, State.PARTIAL, State.FAILED, State.PENDING, State.NO_MAILING])
def test_of_all_findings_only_a_conflict_is_one(held: Held, state: State) -> None:
    with held.open() as work:
        work.store.put_finding(Finding(DAY, state, "catchup", "a page"))
        content = read_day(work, DAY)
    assert content.state.has_conflict is (state is State.CONFLICT)
    assert (content.conflict is not None) is (state is State.CONFLICT)


def test_a_vault_is_there_unless_none_is_configured(held: Held) -> None:
    with held.open() as work:
        assert read_day(work, DAY).state.has_vault
    held.overrides["archive.vault"] = ""
    with held.open() as work:
        assert not read_day(work, DAY).state.has_vault


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (SOUND.replace(b"cs.CV", b"cs.CL", 1), OtherCategory),
        (SOUND[:-1], FaultyDigest),
        (b"", FaultyDigest),
        (SOUND.replace(b"Wed, 7", b"Tue, 6", 1), FaultyDigest),
    ],
    ids=["other category", "cut off", "empty", "other date"],
)
def test_a_file_that_is_no_digest_of_its_date_is_not_readable(held: Held, data: bytes, error: type[Exception]) -> None:
    held.file(DAY).write_bytes(data)
    with held.open() as work:
        content = read_day(work, DAY)
    assert not content.state.is_readable
    assert isinstance(content.from_file, error)


def test_the_first_line_of_a_file_under_the_name_of_another_date_is_at_fault(held: Held) -> None:
    held.file(MONDAY).write_bytes(SOUND)
    with held.open() as work:
        error = read_day(work, MONDAY).from_file
    assert isinstance(error, FaultyDigest)
    message = "the name says 2021-04-12, the heading 2021-04-07"
    assert [(issue.line, issue.code, issue.message) for issue in error.issues] == [(1, "file-misplaced", message)]


@pytest.mark.parametrize(("repeated", "others", "is_copy"), [(1, 1, False), (2, 1, True), (1, 2, False), (3, 0, True)])
def test_a_file_repeats_another_date_when_more_than_half_of_its_papers_do(
    held: Held, repeated: int, others: int, is_copy: bool
) -> None:
    with held.open() as work:
        known = [entry for entry in held_digest(work, LISTED).entries if entry.section is Section.NEW][:repeated]
        fresh = invented(MONDAY, others).entries if others else ()
        entries = sorted((*known, *fresh), key=lambda entry: entry.id, reverse=True)
        held.file(MONDAY).write_bytes(digests.render(Digest(MONDAY, "cs.CV", tuple(entries))))
        content = read_day(work, MONDAY)
    assert content.state.is_readable
    assert len(content.repeated) == repeated
    assert content.state.repeats_papers is is_copy


def test_other_dates_are_not_searched_for_the_papers_of_a_file_that_once_had_a_row(held: Held) -> None:
    with held.open() as work:
        copy = replace(held_digest(work, LISTED), day=DAY)
    held.file(DAY).write_bytes(digests.render(copy))
    held.sql(f"DELETE FROM mailing WHERE day = '{DAY}'")  # noqa: S608  a date
    with held.open() as work:
        content = read_day(work, DAY)
    assert content.state.is_readable
    assert (content.repeated, content.state.repeats_papers) == ({}, False)


@pytest.mark.parametrize(("held_days", "reads"), [(3, 1), (8, 1), (9, 2)])
def test_two_days_are_read_in_bulk_while_at_most_eight_are_held(held: Held, held_days: int, reads: int) -> None:
    asked: list[str] = []
    with held.open() as work:
        assert list(read_digests(work, [LISTED, PLAIN], held_days)) == [
            held_digest(work, day) for day in (PLAIN, LISTED)
        ]
        sqlalchemy.event.listen(work.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        list(read_digests(work, [LISTED, PLAIN], held_days))
    assert sum("entry.section" in one for one in asked) == reads


def test_no_days_are_read_without_a_query(held: Held) -> None:
    with held.open() as work:
        assert list(read_digests(work, [], len(DAYS))) == []
