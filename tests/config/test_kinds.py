"""The kinds of values: durations, sizes and the rest, read and shown again."""

from __future__ import annotations

import tomllib
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.config import kinds
from tests.support.config_files import read_config, read_refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15s", timedelta(seconds=15)),
        ("15m", timedelta(minutes=15)),
        ("2h30m", timedelta(hours=2, minutes=30)),
        ("1d", timedelta(days=1)),
        ("90m", timedelta(hours=1, minutes=30)),
        ("1.5h", timedelta(hours=1, minutes=30)),
        ("250ms", timedelta(milliseconds=250)),
        ("0.25s", timedelta(milliseconds=250)),
        ("1m5ms", timedelta(minutes=1, milliseconds=5)),
    ],
)
def test_durations_have_units(tmp_path: Path, text: str, expected: timedelta) -> None:
    assert read_config(tmp_path, schedule__poll_every=text).schedule.poll_every == expected


@pytest.mark.parametrize("raw", ['"15"', "15", '""', '"-1s"', '".5s"', '"1m1h"', '"15 s"', '"0s"', "[]", '"١s"'])
def test_other_values_are_no_durations(tmp_path: Path, raw: str) -> None:
    assert read_refused(tmp_path, f"[schedule]\npoll_every = {raw}").key == "schedule.poll_every"


@given(st.integers(0, 10**11))
def test_every_duration_is_read_back_as_shown(thousandths: int) -> None:
    value = timedelta(milliseconds=thousandths)
    assert kinds.INTERVAL.read(tomllib.loads(f"x = {kinds.INTERVAL.show(value)}")["x"]) == value


@pytest.mark.parametrize(
    ("text", "expected"), [("64MiB", 2**26), ("1 GiB", 2**30), ("500kB", 500_000), ("3MB", 3_000_000), ("7B", 7)]
)
def test_sizes_have_units(tmp_path: Path, text: str, expected: int) -> None:
    assert read_config(tmp_path, upstream__max_body=text).upstream.max_body == expected


@pytest.mark.parametrize("raw", ["64", '"64"', '"64M"', '"0MiB"', '"-1B"', '"1.5GiB"', "true"])
def test_other_values_are_no_sizes(tmp_path: Path, raw: str) -> None:
    assert read_refused(tmp_path, f"[upstream]\nmax_body = {raw}").key == "upstream.max_body"


@given(st.integers(1, 10**12))
def test_every_size_is_read_back_as_shown(size: int) -> None:
    assert kinds.SIZE.read(tomllib.loads(f"x = {kinds.SIZE.show(size)}")["x"]) == size


@given(st.text())
def test_every_quoted_text_is_toml(text: str) -> None:
    if all(not 0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        assert tomllib.loads(f"x = {kinds.quoted(text)}")["x"] == text


@pytest.mark.parametrize(
    ("key", "raw"),
    [
        ("archive.root", '""'),
        ("archive.root", "1"),
        ("archive.root", '"~/archive"'),
        ("archive.root", '"a\\nb"'),
        ("archive.since", '"yesterday"'),
        ("archive.since", '"2020-02-30"'),
        ("archive.since", "2020-01-01T00:00:00Z"),
        ("archive.category", '"cs.cv.x"'),
        ("archive.category", '"../cs"'),
        ("archive.category", '"CS.CV"'),
        ("archive.root", '"$HOME/archive"'),
        ("archive.root", '"/srv/${USER}/archive"'),
        ("hooks.on_new", """["mail 'me"]"""),
        ("schedule.timezone", '"Mars/Olympus"'),
        ("schedule.timezone", '"America"'),
        ("schedule.timezone", '"../../etc/passwd"'),
        ("schedule.poll_from", '"24:00"'),
        ("schedule.poll_from", "20:00:00"),
        ("schedule.recheck", '"yes"'),
        ("schedule.recheck", "1"),
        ("hooks.on_new", '[" "]'),
        ("hooks.on_new", "[1]"),
        ("hooks.on_new", "true"),
        ("metrics.listen", '"9464"'),
        ("metrics.listen", '"127.0.0.1:70000"'),
        ("log.level", '"loud"'),
        ("log.format", "[]"),
        ("database.url", '"mysql://x/y"'),
        ("database.url", '"sqlite://"'),
        ("database.url", '"sqlite:///:memory:"'),
        ("upstream.proxy", '"socks5://x:1"'),
    ],
)
def test_a_value_of_another_kind_is_refused_with_its_key(tmp_path: Path, key: str, raw: str) -> None:
    section, _, last = key.partition(".")
    error = read_refused(tmp_path, f"[{section}]\n{last} = {raw}")
    assert error.key == key
    assert error.detail.startswith("must")


@pytest.mark.parametrize("category", ["cs.CV", "math.AG", "hep-th", "cond-mat.mes-hall", "q-bio.NC", "physics.acc-ph"])
def test_arxivs_categories_are_categories(tmp_path: Path, category: str) -> None:
    assert read_config(tmp_path, archive__category=category).archive.category == category


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("999999d", timedelta(days=999_999)),
        ("0.000001s", timedelta(0)),
        ("0.0006s", timedelta(milliseconds=1)),
        ("1d1h1m1s1ms", timedelta(days=1, hours=1, minutes=1, seconds=1, milliseconds=1)),
        ("0s", timedelta(0)),
    ],
)
def test_intervals_may_be_zero_and_are_rounded_to_milliseconds(text: str, expected: timedelta) -> None:
    assert kinds.INTERVAL.read(text) == expected


@pytest.mark.parametrize("text", ["1000000d", "1.0000001s", "1.s", "1ms1s", "1s1s"])
def test_durations_with_too_many_digits_or_wrong_order_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        kinds.INTERVAL.read(text)


@pytest.mark.parametrize(("kind", "zero", "least"), [(kinds.DURATION, "0s", "1ms"), (kinds.SIZE, "0B", "1B")])
def test_zero_is_refused_and_the_smallest_value_is_accepted(kind: kinds.Kind[object], zero: str, least: str) -> None:
    kind.read(least)
    with pytest.raises(ValueError, match="must be greater than 0"):
        kind.read(zero)


@pytest.mark.parametrize(("text", "is_accepted"), [("999999999999B", True), ("1000000000000B", False), ("1  B", False)])
def test_a_size_has_up_to_twelve_digits(text: str, is_accepted: bool) -> None:
    if is_accepted:
        assert kinds.SIZE.read(text) == 10**12 - 1
        return
    with pytest.raises(ValueError, match="must be a size"):
        kinds.SIZE.read(text)


@pytest.mark.parametrize(("text", "expected"), [("00:00", time(0)), ("19:59", time(19, 59)), ("23:59", time(23, 59))])
def test_a_time_of_day_is_read_and_shown(text: str, expected: time) -> None:
    assert kinds.CLOCK.read(text) == expected
    assert kinds.CLOCK.show(expected) == f'"{text}"'


@pytest.mark.parametrize("text", ["24:00", "20:60", "7:00", "2000", "", "\u0661\u0662:00"])
def test_other_texts_are_no_time_of_day(text: str) -> None:
    with pytest.raises(ValueError, match="must be a time of day"):
        kinds.CLOCK.read(text)


@pytest.mark.parametrize("raw", [[], ["a"], "a\nb"])
def test_commands_are_a_list_or_lines(raw: object) -> None:
    assert kinds.COMMANDS.read(raw) == tuple(raw.split() if isinstance(raw, str) else raw)  # type: ignore[arg-type]


@pytest.mark.parametrize("raw", [["a", ""], ["a", 1], "a\n\nb", {"a": 1}, None])
def test_an_empty_command_or_one_that_is_no_text_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match="must be a list of commands"):
        kinds.COMMANDS.read(raw)


@pytest.mark.parametrize("text", ["[2027-01-18, 2027-01-01]", '["2027-01-01", "2027-01-18", "2027-01-01"]'])
def test_closings_are_dates_or_their_text_in_order(tmp_path: Path, text: str) -> None:
    found = read_config(tmp_path, f"[calendar]\nclosings = {text}")
    assert found.calendar.closings == (date(2027, 1, 1), date(2027, 1, 18))
    shown = tomllib.loads(f"x = {kinds.EVENINGS.show(found.calendar.closings)}")["x"]
    assert kinds.EVENINGS.read(shown) == found.calendar.closings


def test_closings_of_a_variable_are_a_toml_list(tmp_path: Path) -> None:
    found = read_config(tmp_path, "", {"SYNCD_CALENDAR__CLOSINGS": "[2027-01-01]"})
    assert found.calendar.closings == (date(2027, 1, 1),)


@pytest.mark.parametrize(
    "text", ["2027-01-01", '"2027-01-01"', "[2027]", '["1 Jan 2027"]', "[2027-01-02]", "[9999-12-31]"]
)
def test_other_values_are_no_closings(tmp_path: Path, text: str) -> None:
    assert read_refused(tmp_path, f"[calendar]\nclosings = {text}").key == "calendar.closings"


def test_a_saturday_is_no_closing_and_the_error_says_which_evening_to_name(tmp_path: Path) -> None:
    refused = read_refused(tmp_path, "[calendar]\nclosings = [2027-01-02]")
    assert "2027-01-02 is a Saturday: arXiv's list names the Friday before it" in str(refused)


def test_an_alias_of_a_category_is_read_as_its_canonical_name(tmp_path: Path) -> None:
    assert read_config(tmp_path, archive__category="cs.SY").archive.category == "eess.SY"
