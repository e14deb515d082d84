"""API and month pages as a source."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syncd.usecases.compare.run import compare, gather
from syncd.usecases.compare.select import Selection
from tests.support.compared_archive import (
    BEYOND_REACH,
    DAYS,
    access,
    compare_days,
    delete_rows,
    keys,
)
from tests.support.sound_archive import held_digest

if TYPE_CHECKING:
    from syncd.web import Response
    from tests.support.small_archive import World


def test_a_late_cross_list_whose_mailing_lost_its_rows_is_held_by_the_file(here: World) -> None:
    late = next(
        w
        for w in here.server.history.works
        for m in w.memberships
        if (m.category, m.since > w.announced) == ("cs.CV", True)
    )
    day = next(member.since for member in late.memberships if member.category == "cs.CV")
    delete_rows(here, day)
    here.now += BEYOND_REACH
    assert late.id not in {paper for _, _, paper in keys(compare_days(here, *(d for d in DAYS if d != day)))}
    here.file(day).unlink()
    assert (late.announced, "crosslist-added", late.id) in keys(compare_days(here, *(d for d in DAYS if d != day)))


@dataclass(frozen=True)
class FoldedTexts:
    """The API of 2026, which folds every run of blanks and line ends to one blank."""

    here: World

    def get(self, url: str, *, expect: str) -> Response:
        response = self.here.get(url, expect=expect)
        if "/api/" not in url:
            return response
        fold = lambda found: b" ".join(found[0].split())  # noqa: E731  one use
        return replace(response, body=re.sub(rb"(?s)<(summary|title)>.*?</\1>", fold, response.body))


def test_paragraphs_that_the_api_does_not_give_are_not_compared(here: World) -> None:
    with here.open() as work:
        digests = (held_digest(work, day) for day in DAYS)
        with_paragraphs = [digest.day for digest in digests if any("<br>" in one.abstract for one in digest.entries)]
        found = gather(compare(work, replace(access(here), web=FoldedTexts(here)), Selection(tuple(DAYS), "api")))
    assert with_paragraphs
    assert "markup-only" not in {change.code for change in found.changes}
    assert [one.day for one in found.not_compared if one.what == "paragraphs"] == with_paragraphs
