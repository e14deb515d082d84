"""Texts that differ from upstream: revised, withdrawn, or never announced so."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.model import State, Version
from syncd.rehearsal.history import Edition
from syncd.usecases.compare.run import compare, gather
from syncd.usecases.compare.select import Selection
from syncd.usecases.ingest.upstream_client import ListingClient
from syncd.usecases.reconcile.write import Provenance, write_mailing
from tests.support import faults
from tests.support.changed_history import removed, revised
from tests.support.compared_archive import BEYOND_REACH, DAYS, access, as_adopted, change_mailing, cross_lists
from tests.support.small_archive import World, noon, world
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.core.model import Change, PaperId
    from syncd.core.results import Comparison
    from syncd.web import Response

DAY, LAST = DAYS[-2], DAYS[-1]
REACHES = pytest.mark.parametrize("later", [timedelta(0), BEYOND_REACH], ids=["listed", "asked"])


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """An archive that holds DAY as it was announced."""
    with world(tmp_path, noon(DAY)) as made:
        copy_synced(tmp_path, noon(DAY), [DAY])
        made.now = noon(LAST)
        yield made


def paper(here: World) -> PaperId:
    return here.server.history.mailings[DAY, "cs.CV"].new[0].id


def edition(number: int, *, title: str = "", abstract: str = "", withdrawn: bool = False) -> Edition:
    created = datetime(2026, 7, 12, number, tzinfo=UTC)
    text = abstract or f"Thought number {number} replaces the first."
    return Edition(LAST, Version(number, created, withdrawn), title or "Another Title", text)


def revise(here: World, *editions: Edition) -> None:
    for later in editions:
        here.server.history = revised(here.server.history, paper(here), later)


def change_entry(here: World, **more: object) -> None:
    """The entry of the paper as if it had been recorded so."""
    with here.open() as work:
        held, row = work.store.digest(DAY), work.store.mailing(DAY)
        assert held is not None
        assert row is not None
        entries = (replace(e, **more) if e.id == paper(here) else e for e in held.entries)  # type: ignore[arg-type]
        here.file(DAY).unlink()
        how = Provenance(row.state, row.source, row.evidence, row.response)
        write_mailing(work, replace(held, entries=tuple(entries)), how)


def compared(here: World, later: timedelta = timedelta(0), source: str = "auto") -> Comparison:
    here.now += later
    here.asked.clear()
    with here.open() as work:
        return gather(compare(work, access(here), Selection((DAY,), source)))


def of_paper(here: World, found: Comparison) -> list[Change]:
    return [change for change in found.changes if change.id == paper(here)]


def codes(here: World, found: Comparison) -> set[tuple[str, str | None]]:
    return {(change.code, change.field) for change in of_paper(here, found)}


def test_a_newer_version_is_drift_with_both_numbers(here: World) -> None:
    revise(here, edition(2))
    found = compared(here)
    assert codes(here, found) == {("revised", "title"), ("revised", "abstract")}
    assert {change.detail for change in of_paper(here, found)} == {"v1 here, v2 upstream"}


def test_a_text_as_announced_does_not_differ_where_versions_can_be_requested(here: World) -> None:
    revise(here, edition(2))
    assert of_paper(here, compared(here, BEYOND_REACH)) == []


def test_one_request_brings_the_versions_and_one_more_the_texts_announced(here: World) -> None:
    revise(here, edition(2))
    compared(here)
    assert [path.split("?")[0] for path in here.asked[1:]] == ["/api/query", "/api/query"]
    assert f"id_list={paper(here)}&" in here.asked[1]
    assert f"id_list={paper(here)}v1&" in here.asked[2]


def test_a_text_announced_is_requested_only_once(here: World) -> None:
    revise(here, edition(2))
    compared(here)
    compared(here)
    assert len(here.asked) == 2


@REACHES
def test_a_text_of_the_same_version_is_a_fault(here: World, later: timedelta) -> None:
    change_entry(here, title="A Title That Was Never Given")
    assert codes(here, compared(here, later)) == {("title-changed", "title")}


@REACHES
def test_a_newer_version_does_not_hide_a_text_that_was_never_announced(here: World, later: timedelta) -> None:
    revise(here, edition(2))
    change_entry(here, title="A Title That Was Never Given")
    found = compared(here, later)
    assert codes(here, found) == {("title-changed", "title")}
    (change,) = of_paper(here, found)
    assert change.theirs == here.server.history.by_id[paper(here)].editions[0].title


@REACHES
def test_an_entry_of_unknown_version_may_hold_any_that_there_is(here: World, later: timedelta) -> None:
    revise(here, edition(2, title="The Second Title"), edition(3, title="The Third Title"))
    change_entry(here, title="The Second Title", abstract="Thought number 2 replaces the first.", version=None)
    found = compared(here, later)
    assert {code for code, _ in codes(here, found)} == {"revised"}
    assert {c.detail for c in of_paper(here, found)} == {"the text of v2 here, v1 was announced, v3 upstream"}


@REACHES
def test_an_entry_of_unknown_version_with_a_text_of_none_is_a_fault(here: World, later: timedelta) -> None:
    revise(here, edition(2), edition(3))
    change_entry(here, abstract="This was never written.", version=None)
    assert codes(here, compared(here, later)) == {("abstract-changed", "abstract")}


def test_an_entry_recorded_with_a_later_version_is_compared_with_that(here: World) -> None:
    revise(here, edition(2))
    change_entry(here, title="Another Title", abstract="Thought number 2 replaces the first.", version=2)
    assert of_paper(here, compared(here)) == []
    assert of_paper(here, compared(here, BEYOND_REACH)) == []


def test_a_withdrawal_that_the_abstract_announces_is_one_difference(here: World) -> None:
    revise(here, edition(2, abstract="This paper has been withdrawn by its author.", withdrawn=True))
    found = compared(here)
    assert codes(here, found) == {("withdrawn", None)}
    assert of_paper(here, found)[0].detail == "v1 here, v2 upstream"


@dataclass(frozen=True)
class Commented:
    """An API whose every entry has this comment."""

    here: World
    comment: str

    def get(self, url: str, *, expect: str) -> Response:
        response = self.here.get(url, expect=expect)
        bare = re.sub(rb"<arxiv:comment>.*?</arxiv:comment>", b"", response.body, flags=re.DOTALL)
        comment = f"<arxiv:comment>{self.comment}</arxiv:comment><published>".encode()
        return replace(response, body=bare.replace(b"<published>", comment))


@pytest.mark.parametrize(
    ("comment", "code"),
    [
        ("This paper has been\n  withdrawn by its author", "withdrawn"),
        ("Withdrawn: a lemma fails", "withdrawn"),
        ("12 pages; the dataset was withdrawn", "revised"),
        ("", "revised"),
    ],
)
def test_a_withdrawal_that_the_comment_announces_is_one_difference(here: World, comment: str, code: str) -> None:
    revise(here, edition(2, title=here.server.history.by_id[paper(here)].editions[0].title))
    with here.open() as work:
        means = replace(access(here), web=Commented(here, comment))
        found = gather(compare(work, means, Selection((DAY,))))
    assert [change.code for change in of_paper(here, found)] == [code]


def test_a_withdrawal_that_only_metadata_knows_is_reported_by_every_source(here: World) -> None:
    title, text = "Another Title", "Thought number 2 replaces the first."
    revise(here, edition(2, title=title, abstract=text, withdrawn=True))
    here.now += BEYOND_REACH
    assert codes(here, compared(here, source="oai")) == {("withdrawn", None)}
    here.now -= BEYOND_REACH
    assert codes(here, compared(here, source="catchup")) == {("withdrawn", None)}
    assert codes(here, compared(here, source="api")) == {("withdrawn", None)}


def test_metadata_shows_a_newer_version_by_its_number_without_a_request(here: World) -> None:
    revise(here, edition(2))
    compared(here, BEYOND_REACH, source="oai")
    found = compared(here, source="oai")
    assert codes(here, found) == {("revised", "title"), ("revised", "abstract")}
    assert here.asked == []


def test_an_older_version_upstream_proves_nothing(here: World) -> None:
    change_entry(here, title="The Second Title", version=2)
    found = compared(here)
    assert codes(here, found) == {("stale-source", "title")}


def test_a_text_of_unknown_version_is_not_compared_and_no_fault(here: World) -> None:
    change_entry(here, title="A Title That Was Never Given")
    here.server.faults.add(faults.hidden([paper(here)]).on("/api/*", times=None))
    found = compared(here)
    assert codes(here, found) == set()
    assert [(one.what, one.why) for one in found.not_compared] == [
        (f"text of {paper(here)}", "the API did not say which version upstream shows")
    ]


def test_a_text_missing_from_one_answer_of_the_api_is_requested_again(here: World) -> None:
    change_entry(here, title="A Title That Was Never Given")
    here.server.faults.add(faults.hidden([paper(here)]).on("/api/*"))
    found = compared(here)
    assert found.not_compared == ()


def test_a_rejected_answer_leaves_the_text_uncompared(here: World) -> None:
    change_entry(here, title="A Title That Was Never Given")
    here.server.faults.add(faults.maintenance().on("/api/*", times=None))
    found = compared(here)
    assert codes(here, found) == set()
    assert [one.what for one in found.not_compared] == [f"text of {paper(here)}"]
    assert found.error is None


def test_an_outage_of_the_api_makes_no_revision_a_fault(here: World) -> None:
    revise(here, edition(2))
    here.server.faults.add(faults.status(500).on("/api/*", times=None))
    found = compared(here)
    assert codes(here, found) == set()
    assert [(one.what, one.why) for one in found.not_compared] == [
        (f"text of {paper(here)}", "the API could not be asked for its versions")
    ]
    assert found.error is not None


def test_a_cross_list_of_unknown_section_that_upstream_lacks_is_no_fault_without_an_answer(here: World) -> None:
    cross = cross_lists(here, DAY)[0].id
    change_mailing(here, DAY, as_adopted, State.ADOPTED)
    here.server.history = removed(here.server.history, cross, "cs.CV", LAST)
    here.server.faults.add(faults.hidden([cross]).on("/api/*", times=None))
    found = compared(here)
    assert [change for change in found.changes if change.id == cross] == []
    assert [cross in one.what for one in found.not_compared] == [True]


def test_a_newer_version_and_its_time_are_kept_with_the_moment_they_were_seen(here: World) -> None:
    revise(here, edition(2))
    before = datetime.now(UTC).replace(microsecond=0)
    compared(here)
    with here.open() as work:
        kept = work.store.paper(paper(here))
        (changed,) = work.store.list_revisions()
    assert kept is not None
    assert (kept.title, kept.source, kept.latest_version) == ("Another Title", "api", 2)
    assert kept.seen >= before
    assert [one.created for one in kept.record.versions][1] == datetime(2026, 7, 12, 2, tzinfo=UTC)
    assert (changed.id, changed.version, changed.withdrawn) == (paper(here), 2, False)


def test_a_withdrawal_that_a_comparison_found_is_kept(here: World) -> None:
    revise(here, edition(2, abstract="This paper has been withdrawn by its author.", withdrawn=True))
    compared(here)
    with here.open() as work:
        assert work.store.list_withdrawn_ids() == [paper(here)]


def test_a_text_that_the_api_folded_keeps_the_paragraphs_that_were_seen(here: World) -> None:
    first = here.server.history.by_id[paper(here)].editions[0]
    revise(here, edition(2, title=first.title, abstract="One paragraph.\n  And another."))
    compared(here)
    with here.open() as work:
        kept = work.store.paper(paper(here))
    assert kept is not None
    assert (kept.latest_version, kept.abstract) == (2, "One paragraph. <br>And another.")


@dataclass(frozen=True)
class CommentedPages:
    """Upstream whose listing pages and API give the paper this comment."""

    here: World
    paper: PaperId
    comment: str

    def get(self, url: str, *, expect: str) -> Response:
        if "/api/" in url:
            return Commented(self.here, self.comment).get(url, expect=expect)
        response = self.here.get(url, expect=expect)
        head, marked, rest = response.body.decode().partition(f'id="{self.paper}"')
        bare = re.sub(r"(?s)<div class='list-comments.*?</div>", "", rest, count=1)
        comment = "<div class='list-comments mathjax'><span class='descriptor'>Comments:</span> "
        body = (
            head
            + marked
            + bare.replace(
                "<div class='list-subjects'>", f"{comment}{self.comment}</div><div class='list-subjects'>", 1
            )
        )
        return replace(response, body=body.encode())


@pytest.mark.parametrize(
    ("comment", "number", "found_as"),
    [
        ("This paper has been withdrawn by the author due to an error in Lemma 2", 2, ["withdrawn"]),
        ("Withdrawn from a conference, 12 pages", 2, []),
        ("This paper has been withdrawn", 1, []),
    ],
)
def test_a_withdrawal_whose_text_is_unchanged_is_found_by_its_comments(
    here: World, comment: str, number: int, found_as: list[str]
) -> None:
    first = here.server.history.by_id[paper(here)].editions[0]
    if number > 1:
        revise(here, edition(2, title=first.title, abstract=first.abstract))
    pages = CommentedPages(here, paper(here), comment)
    with here.open() as work:
        means = replace(access(here), web=pages, listing=ListingClient(pages, here.server.url, "cs.CV"))
        found = gather(compare(work, means, Selection((DAY,))))
    assert [change.code for change in of_paper(here, found)] == found_as


@dataclass(frozen=True)
class CommentedListing(CommentedPages):
    """The comment stands on the listing page only: the API is behind it."""

    def get(self, url: str, *, expect: str) -> Response:
        return self.here.get(url, expect=expect) if "/api/" in url else CommentedPages.get(self, url, expect=expect)


def test_a_withdrawal_that_only_the_listing_page_names_is_reported_afterwards_too(here: World) -> None:
    first = here.server.history.by_id[paper(here)].editions[0]
    revise(here, edition(2, title=first.title, abstract=first.abstract))
    pages = CommentedListing(here, paper(here), "This paper has been withdrawn")
    with here.open() as work:
        means = replace(access(here), web=pages, listing=ListingClient(pages, here.server.url, "cs.CV"))
        found = gather(compare(work, means, Selection((DAY,))))
        assert work.store.list_withdrawn_ids() == [paper(here)]
    assert [change.code for change in of_paper(here, found)] == ["withdrawn"]


def test_markup_alone_names_its_rule_without_a_request(here: World) -> None:
    with here.open() as work:
        held = work.store.digest(DAY)
    assert held is not None
    text = next(entry.abstract for entry in held.entries if entry.id == paper(here))
    change_entry(here, abstract=text.replace(". ", ". <br>", 1))
    found = compared(here)
    assert [(c.code, c.field, c.detail) for c in of_paper(here, found)] == [("markup-only", "abstract", "break")]
    assert len(here.asked) == 1


def test_a_removed_cross_list_of_unknown_section_is_recognised_by_its_categories(here: World) -> None:
    cross = cross_lists(here, DAY)[0].id
    change_mailing(here, DAY, as_adopted, State.ADOPTED)
    here.server.history = removed(here.server.history, cross, "cs.CV", LAST)
    (change,) = [change for change in compared(here).changes if change.id == cross]
    assert change.code == "crosslist-removed"
    assert re.fullmatch(r"upstream has it in [a-zA-Z. ]+ by now", change.detail)


@REACHES
def test_a_paper_that_neither_page_nor_api_knows_is_missing_and_not_said_to_be_deleted(
    here: World, later: timedelta
) -> None:
    here.server.faults.add(faults.hidden([paper(here)]).on(times=None))
    found = compared(here, later)
    (change,) = (one for one in found.changes if one.id == paper(here))
    assert change.code == "missing-upstream"
    assert change.detail.startswith("the API does not know it either, as seen on 20")
    with here.open() as work:
        assert work.store.get_deletions([paper(here)]) == {}


def test_a_paper_that_the_api_alone_leaves_out_is_not_deleted(here: World) -> None:
    revise(here, edition(2))
    here.server.faults.add(faults.hidden([paper(here)]).on("/api/*", times=None))
    compared(here)
    with here.open() as work:
        assert work.store.get_deletions([paper(here)]) == {}


def test_a_deleted_record_of_metadata_is_reported_as_deleted_and_shown_so_again_without_it(here: World) -> None:
    compared(here, BEYOND_REACH, source="oai")
    here.later = timedelta(days=1)
    here.server.faults.add(faults.deleted([paper(here)]).on("/oai*", times=None))
    here.sql("DELETE FROM syncd_harvest")
    assert codes(here, compared(here, source="oai")) == {("deleted", None)}
    assert codes(here, compared(here, source="snapshot")) == {("deleted", None)}
