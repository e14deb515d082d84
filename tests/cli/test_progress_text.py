"""How far long work has come, in words. The clock stands where a test puts it."""

from __future__ import annotations

import pytest

from syncd.cli.progress_text import ProgressText, format_duration
from syncd.usecases.progress import Progress


def describe(*steps: tuple[float, Progress]) -> str:
    """Return the words after these reports, each at its second."""
    now = 0.0
    text = ProgressText(lambda: now)
    for now, progress in steps:  # noqa: B007  the clock reads it
        text.add(progress)
    return text.describe()


def test_the_time_left_and_the_rate_follow_from_the_pace_so_far() -> None:
    steps = (0.0, Progress("writing mailings", 0, 400)), (60.0, Progress("writing mailings", 100, 400))
    assert describe(steps[0]) == "writing mailings: 0 of 400 days"
    assert describe(*steps) == "writing mailings: 100 of 400 days, about 3 min left, 2 a second"


def test_no_less_time_is_left_than_the_rate_limits_allow() -> None:
    polite = Progress("fetching mailings", 0, 62, seconds_each=15)
    assert describe((0.0, polite)) == "fetching mailings: 0 of 62 days, about 16 min left"
    after = Progress("fetching mailings", 2, 62, seconds_each=15)
    assert describe((0.0, polite), (2.0, after)) == "fetching mailings: 2 of 62 days, about 15 min left, 4 a minute"
    assert describe((0.0, polite), (60.0, after)) == "fetching mailings: 2 of 62 days, about 30 min left, 2 a minute"


def test_long_work_at_the_rate_limits_says_so_before_it_starts_and_short_work_does_not() -> None:
    text = ProgressText(lambda: 0.0)
    first = text.add(Progress("fetching mailings", 0, 62, seconds_each=15))
    assert first == "fetching mailings: 62 days, about 16 min at arXiv's rate limits"
    assert text.add(Progress("fetching mailings", 1, 62, seconds_each=15)) == ""
    assert text.add(Progress("asking", 0, 3, seconds_each=15)) == ""
    metadata = Progress("reading metadata", 0, 190_000, "record", 0.0012, is_estimate=True)
    assert text.add(metadata) == "reading metadata: about 190,000 records, about 4 min at arXiv's rate limits"


def test_a_sign_of_life_changes_nothing_but_what_is_waited_for() -> None:
    text = ProgressText(lambda: 0.0)
    text.add(Progress("fetching mailings", 3, 62))
    text.add(Progress("", detail="waiting 14 s"))
    assert (text.describe(), text.detail) == ("fetching mailings: 3 of 62 days", "waiting 14 s")


def test_work_of_unknown_length_is_counted() -> None:
    assert describe((0.0, Progress("reading", 0, unit="response"))) == "reading"
    steps = (0.0, Progress("reading", 0, unit="response")), (10.0, Progress("reading", 2500, unit="response"))
    assert describe(*steps) == "reading: 2,500 responses, 250 a second"


def test_a_share_of_a_file_is_shown_in_percent_with_the_time_left() -> None:
    steps = (
        (0.0, Progress("reading the snapshot", 0, unit="record", share=0.001)),
        (10.0, Progress("reading the snapshot", 500, unit="record", share=0.25)),
    )
    assert describe(*steps) == "reading the snapshot: 25% of the file, 500 records, about 30 s left, 50 a second"


def test_each_kind_of_work_has_its_own_pace() -> None:
    steps = (
        (0.0, Progress("checking files", 0, 10)),
        (100.0, Progress("checking rows", 0, 10)),
        (105.0, Progress("checking rows", 5, 10)),
    )
    assert describe(*steps) == "checking rows: 5 of 10 days, about 5 s left, 1 a second"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.2, "1 s"), (59, "59 s"), (59.5, "1 min"), (915, "16 min"), (3599, "1 h 00 min"), (7500, "2 h 05 min")],
)
def test_durations_are_rounded_up(seconds: float, shown: str) -> None:
    assert format_duration(seconds) == shown


def test_what_has_no_room_is_left_out_and_no_word_is_cut() -> None:
    now = 0.0
    text = ProgressText(lambda: now)
    text.add(Progress("writing", 0, 400))
    now = 60.0
    text.add(Progress("writing", 100, 400))
    assert text.describe(60) == "writing: 100 of 400 days, about 3 min left, 2 a second"
    assert text.describe(50) == "writing: 100 of 400 days, about 3 min left"
    assert text.describe(30) == "writing: 100 of 400 days"
    assert text.describe(5) == "writing"
