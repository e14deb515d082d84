"""The worlds of the rehearsal obey arXiv's rules of ids, windows and announcements."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from syncd.core import markup
from syncd.core.model import PaperId, Version, id_month
from syncd.rehearsal import typeset
from syncd.rehearsal.history import (
    NEW_YORK,
    Edition,
    History,
    Membership,
    announced_at,
    categories,
    frozen_at,
    mailing,
    newest,
    record,
    small_history,
)
from syncd.rehearsal.page_faults import before
from tests.support.changed_history import cross_listed, removed, revised
from tests.support.generated_history import CATEGORY, grown_history


@pytest.fixture(scope="module")
def small() -> History:
    return small_history()


@pytest.fixture(scope="module")
def grown() -> History:
    return grown_history(Random(7), date(2025, 11, 3), date(2026, 1, 16), 30, closed={date(2025, 12, 26)})


def ids(works: object) -> list[str]:
    return [work.id for work in works]  # type: ignore[attr-defined]


def test_the_small_world_has_nine_mailings_and_none_on_the_holiday(small: History) -> None:
    assert len(small.days) == 9
    assert all(day.weekday() < 5 for day in small.days)
    assert date(2026, 7, 6) not in small.days


@pytest.mark.parametrize("world", ["small", "grown"])
def test_ids_carry_the_month_of_the_freeze_day_and_stand_in_blocks(world: str, request: pytest.FixtureRequest) -> None:
    history: History = request.getfixturevalue(world)
    works = [work for work in history.works if work.announced in history.days]
    assert works == sorted(works, key=lambda work: (work.announced, work.id))
    for work in works:
        freeze = frozen_at(work.announced)
        assert id_month(work.id) == (freeze.year, freeze.month)


@pytest.mark.parametrize("world", ["small", "grown"])
def test_the_running_maximum_of_first_versions_finds_every_mailing(world: str, request: pytest.FixtureRequest) -> None:
    history: History = request.getfixturevalue(world)
    latest = datetime.min.replace(tzinfo=UTC)
    for work in history.works:
        if work.announced in history.days:
            latest = max(latest, work.editions[0].version.created)
            assert next(day for day in history.days if latest < frozen_at(day)) == work.announced


@pytest.mark.parametrize("world", ["small", "grown"])
def test_versions_ascend_in_time_and_are_announced_after_their_window(
    world: str, request: pytest.FixtureRequest
) -> None:
    history: History = request.getfixturevalue(world)
    for work in history.works:
        assert [found.version.number for found in work.editions] == list(range(1, len(work.editions) + 1))
        for found in work.editions:
            assert found.version.created < frozen_at(found.announced)
        for earlier, later in pairwise(work.editions):
            assert earlier.announced < later.announced
            assert earlier.version.created < later.version.created


def test_a_grown_world_has_holds_late_cross_lists_revisions_and_withdrawals(grown: History) -> None:
    assert any(frozen_at(w.announced) - w.editions[0].version.created > timedelta(days=5) for w in grown.works)
    assert any(member.since != work.announced for work in grown.works for member in work.memberships)
    assert any(found.version.withdrawn for work in grown.works for found in work.editions)
    assert all(mailing(grown, day, CATEGORY).cross for day in grown.days)
    assert date(2025, 12, 26) not in grown.days


def test_a_mailing_of_a_grown_world_has_the_size_asked_for(grown: History) -> None:
    for day in grown.days:
        found = mailing(grown, day, CATEGORY)
        on_time = [work for work in found.new + found.cross if work.announced == day]
        assert len(on_time) == 30


def test_equal_seeds_grow_equal_worlds() -> None:
    one, other = (grown_history(Random(3), date(2026, 3, 2), date(2026, 3, 13), 8) for _ in range(2))
    assert one.works == other.works
    assert one.works != grown_history(Random(4), date(2026, 3, 2), date(2026, 3, 13), 8).works


def test_the_calendar_of_a_mailing_runs_on_new_york_time() -> None:
    monday, tuesday = date(2026, 7, 13), date(2026, 7, 14)
    assert announced_at(monday) == datetime(2026, 7, 12, 20, tzinfo=NEW_YORK)
    assert frozen_at(monday) == datetime(2026, 7, 10, 14, tzinfo=NEW_YORK)
    assert frozen_at(tuesday) == datetime(2026, 7, 13, 14, tzinfo=NEW_YORK)


def test_nothing_is_out_before_the_first_announcement(small: History) -> None:
    moment = announced_at(small.days[0])
    assert newest(small, moment - timedelta(seconds=1)) is None
    assert newest(small, moment) == small.days[0]
    assert newest(small, moment, timedelta(minutes=1)) is None
    assert before(small, small.days[0]) is None


def test_a_record_knows_only_what_was_announced_by_that_day(small: History) -> None:
    boxes = small.by_id[PaperId("2606.31288")]
    first, second = (record(boxes, date(2026, 7, day)) for day in (2, 3))
    assert first is not None
    assert second is not None
    assert (first.title, len(first.versions), first.datestamp) == ("3D Boxes from 2D Shadows", 1, date(2026, 6, 30))
    assert (second.title, len(second.versions)) == ("3D Boxes from 2D Shadows, Revisited", 2)
    assert second.datestamp == date(2026, 7, 3)
    assert record(boxes, date(2026, 6, 29)) is None


def test_late_cross_lists_appear_on_their_own_day_only(small: History) -> None:
    ponds = PaperId("2606.30900")
    assert ponds not in ids(mailing(small, date(2026, 6, 30), "cs.CV").cross)
    assert ponds in ids(mailing(small, date(2026, 6, 30), "cs.LG").new)
    assert ponds in ids(mailing(small, date(2026, 7, 9), "cs.CV").cross)


def test_the_small_world_has_the_hard_cases_of_the_format(small: History) -> None:
    hidden_boundary = mailing(small, date(2026, 7, 3), "cs.CV")
    assert max(ids(hidden_boundary.cross)) < min(ids(hidden_boundary.new))
    assert not mailing(small, date(2026, 7, 8), "cs.CV").cross
    assert ids(mailing(small, date(2026, 7, 10), "cs.CV").cross)[-1] == "cs/0401001"


def test_an_edit_gives_another_world_and_leaves_the_first(small: History) -> None:
    paper, day = PaperId("2607.08930"), date(2026, 7, 13)
    edition = Edition(day, Version(2, datetime(2026, 7, 10, tzinfo=UTC)), "New Windows", "Text.")
    assert small.by_id[paper].editions[-1].title == "Windows Seen from Windows"
    assert revised(small, paper, edition).by_id[paper].editions[-1].title == "New Windows"
    joined = cross_listed(small, paper, Membership("cs.GR", day))
    assert categories(joined.by_id[paper], day) == ("cs.CV", "cs.GR")
    with pytest.raises(ValueError, match="2026-07-06"):
        revised(small, PaperId("2606.30012"), Edition(date(2026, 7, 6), edition.version, "x", "y"))


def test_a_paper_that_lost_the_category_is_gone_from_past_days_too(small: History) -> None:
    paper, day = PaperId("2606.30012"), date(2026, 6, 30)
    gone = removed(small, paper, "cs.CV", date(2026, 7, 3))
    assert paper in ids(mailing(gone, day, "cs.CV", date(2026, 7, 2)).new)
    assert paper not in ids(mailing(gone, day, "cs.CV", date(2026, 7, 3)).new)


@pytest.mark.parametrize("world", ["small", "grown"])
def test_printed_text_is_the_raw_text_in_canonical_form(world: str, request: pytest.FixtureRequest) -> None:
    history: History = request.getfixturevalue(world)
    for work in history.works:
        for found in work.editions:
            assert markup.title_from_html(typeset.title(found.title)) == markup.title_from_raw(found.title)
            assert markup.title_from_html(typeset.link_title(found.title)) == markup.title_from_raw(found.title)
            assert markup.abstract_from_html(typeset.abstract(found.abstract)) == markup.abstract_from_raw(
                found.abstract
            )


@pytest.mark.parametrize(
    ("raw", "printed"),
    [
        ('it\'s "a < b" & c', "it&#39;s &#34;a &lt; b&#34; &amp; c"),
        ('Schr\\"odinger, {\\ss}, \\c{c}', "Schrödinger, ß, ç"),
        (
            "at https://code.example.org/a.",
            (
                'at <a href="https://code.example.org/a" rel="external noopener nofollow" class="link-external link-https">'
                "this https URL</a>."
            ),
        ),
        (
            "see arXiv:2001.00001v2",
            (
                'see <a href="https://arxiv.org/abs/2001.00001v2" data-arxiv-id="2001.00001v2" class="link-https">'
                "arXiv:2001.00001v2</a>"
            ),
        ),
        (
            "10.1023/A:10265",
            (
                '<a href="https://doi.org/10.1023/A%3A10265" data-doi="10.1023/A:10265" class="link-https link-external" '
                'rel="external noopener nofollow">https://doi.org/10.1023/A%3A10265</a>'
            ),
        ),
        (
            "tasks.Existing",
            '<a href="http://tasks.Existing" rel="external noopener nofollow" class="link-external link-http">this http URL</a>',
        ),
        ("One.\n  Two.", "One.\n<br>Two."),
        ("keep \\alpha and $\\beta$", "keep \\alpha and $\\beta$"),
    ],
)
def test_an_abstract_is_printed_as_on_todays_pages(raw: str, printed: str) -> None:
    assert typeset.abstract(raw) == printed


def test_greek_is_printed_in_titles_only() -> None:
    assert typeset.title("The \\alpha-Channel") == "The α-Channel"
