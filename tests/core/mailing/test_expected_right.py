"""The reason of each inferred date, and the share of right ones, measured on papers whose dates are known."""

from __future__ import annotations

import csv
import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.mailing import calendar
from syncd.core.mailing.date_inference import infer_dates
from syncd.core.mailing.evidence import Bound
from syncd.core.mailing.expected_right import EXPECTED_RIGHT
from syncd.core.model import Certainty, PaperId
from syncd.core.reasons import PLACEMENTS
from tests.support.week_of_records import CALENDAR, THURSDAY, WEDNESDAY, entry, five_proven

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILES = ("announced_v1.csv", "announced_v1_2026.csv")


def read(shared: Path) -> list[dict[Bound, date]]:
    """The papers of each file, and those of cs.CV alone of the newer one."""
    sets: list[dict[Bound, date]] = []
    for name in FILES:
        with (shared / "truth" / name).open() as lines:
            rows = list(csv.DictReader(lines))
        own = [row for row in rows if row.get("in_cs_CV", "yes") == "yes"]
        for part in (rows, own) if len(own) < len(rows) else (rows,):
            made = {
                Bound(PaperId(row["id"]), datetime.fromisoformat(row["v1_utc"]), None): date.fromisoformat(
                    row["listing_date"]
                )
                for row in part
            }
            sets.append(made)
    return sets


def stamp(truth: Mapping[Bound, date], chance: random.Random, untouched: float) -> dict[Bound, date]:
    """The papers with datestamps: the date of the listing for the share that was never modified."""
    made = {}
    for bound, day in truth.items():
        later = day + timedelta(days=1 + int(chance.expovariate(1 / 90)))
        made[replace(bound, datestamp=day if chance.random() < untouched else later)] = day
    return made


def count(truth: Mapping[Bound, date], found: Counter[tuple[Certainty, bool]]) -> None:
    expected = {bound.id: day for bound, day in truth.items()}
    found.update((one.certainty, one.day == expected[one.id]) for one in infer_dates(truth, CALENDAR).dates)


@pytest.mark.shared
def test_the_expected_shares_are_those_measured_on_known_dates(shared: Path) -> None:
    found: Counter[tuple[Certainty, bool]] = Counter()
    for truth in read(shared):
        rows = list(truth.items())
        for step in (1, 3, 10):
            for first in range(step):
                sample = dict(rows[first::step])
                count(sample, found)
                for untouched in (0.3, 0.5):
                    count(stamp(sample, random.Random(first), untouched), found)
    assert found[Certainty.PROVEN, False] == 0
    for certainty, share in EXPECTED_RIGHT.items():
        right, wrong = found[certainty, True], found[certainty, False]
        assert right + wrong > 5000
        assert abs(right / (right + wrong) - share) <= 0.001


@pytest.mark.shared
@pytest.mark.parametrize("untouched", [0.05, 0.5])
def test_with_datestamps_nearly_all_known_dates_are_right_within_their_evidence(shared: Path, untouched: float) -> None:
    for truth in read(shared):
        stamped = stamp(truth, random.Random(7), untouched)
        by_id = {bound.id: (bound, day) for bound, day in stamped.items()}
        found = infer_dates(stamped, CALENDAR).dates
        assert sum(by_id[one.id][1] != one.day for one in found) <= 0.0005 * len(found)
        assert all(one.low <= one.day and (one.high is None or one.day <= one.high) for one in found)
        assert all((one.reason is None) is (one.certainty is Certainty.PROVEN) for one in found)
        assert {one.reason for one in found if one.reason} <= {reason.code for reason in PLACEMENTS}


def reasons(*records: Bound) -> dict[int, str | None]:
    return {int(one.id[5:]): one.reason for one in infer_dates(records, calendar()).dates}


def test_a_proven_date_needs_no_reason_and_most_others_are_in_the_next_mailing() -> None:
    found = reasons(*five_proven(WEDNESDAY, 10), entry(20, "2021-04-06T15:00"))
    assert found == {10: None, 11: None, 12: None, 13: None, 14: None, 20: "next-mailing"}


def test_a_paper_of_an_older_time_is_with_the_lower_ids() -> None:
    found = reasons(entry(1, "2021-04-06T15:00"), entry(2, "2021-04-05T12:00"), entry(3, "2021-04-06T16:00"))
    assert found == {1: "next-mailing", 2: "lower-ids", 3: "next-mailing"}


def test_the_month_of_an_id_is_a_reason() -> None:
    assert reasons(entry(1, "2021-03-20T12:00")) == {1: "id-month"}


def test_a_closing_is_a_reason() -> None:
    assert reasons(entry(1, "2021-11-24T15:00", month="2111")) == {1: "after-closing"}


def test_a_possible_closing_is_a_reason() -> None:
    assert reasons(entry(1, "2027-11-24T15:00", month="2711")) == {1: "possible-closing"}


def test_ids_out_of_order_are_a_reason() -> None:
    found = reasons(entry(1, "2021-04-07T15:00"), entry(2, "2021-04-05T15:00", THURSDAY), entry(3, "2021-04-07T16:00"))
    assert found[2] == "ids-out-of-order"
