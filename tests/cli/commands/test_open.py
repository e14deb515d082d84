"""`syncd open` as a person calls it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.command_line import DAYS, Shell, error_of
from tests.support.small_archive import noon


@pytest.mark.parametrize("typed", ["2104.02703v2", " arXiv:2104.02703v2", "https://arxiv.org/pdf/2104.02703v2"])
def test_a_paper_has_its_abstract_page_in_the_version_that_was_named(syncd: Shell, typed: str) -> None:
    found = syncd("open", typed)
    assert found.out.endswith("/abs/2104.02703v2\n")
    assert syncd("open", "cs/0401001").out.endswith("/abs/cs/0401001\n")


def test_a_mailing_has_its_catchup_page_for_90_days_then_the_list_of_its_month(held: Shell) -> None:
    assert held("open", str(DAYS[1])).out.endswith(f"/catchup/cs.CV/{DAYS[1]}?abs=True&page=1\n")
    held.at(noon(DAYS[1] + timedelta(days=91)))
    older = held("open", str(DAYS[1]))
    assert "/list/cs.CV/2026-07?" in older.out
    assert "90 days only" in older.err
    assert "90 days only" in held("open", str(DAYS[1]), "--json").json["note"]


def test_the_mailing_of_this_evening_is_on_the_page_of_new_ones(held: Shell) -> None:
    held.at(noon(DAYS[1]).replace(hour=23) + timedelta(hours=2))  # 21:00 in New York
    assert held("open", str(DAYS[2])).out.endswith("/list/cs.CV/new\n")


@pytest.mark.parametrize(
    ("day", "why", "near"),
    [
        ("2026-07-04", "weekend", "2026-07-03 and 2026-07-07"),
        ("2026-07-06", "Independence Day", "2026-07-03 and 2026-07-07"),
        ("2026-07-07", "not announced yet", "2026-07-03"),
        ("1990-01-01", "arXiv began on 1991-08-14", "1991-08-14"),
    ],
)
def test_a_date_without_a_mailing_says_why_and_names_the_nearest(held: Shell, day: str, why: str, near: str) -> None:
    ended = held("open", day, "--json")
    assert (ended.code, error_of(ended)["code"]) == (3, "not-found")
    assert why in error_of(ended)["message"]
    assert near in error_of(ended)["help"]


def test_what_is_neither_a_paper_nor_a_date_is_a_usage_error(syncd: Shell) -> None:
    assert syncd("open", "tomorrow").code == 2
    assert syncd("open").code == 2


def test_the_page_of_the_archive_is_below_the_base_url(syncd: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    found = syncd("open", "--here", "2104.02703v2")
    assert found.out == "http://127.0.0.1:8080/paper/2104.02703\n"
    assert "serve.base_url is not set" in found.err
    monkeypatch.setenv("SYNCD_SERVE__BASE_URL", "https://example.org/cv")
    assert syncd("open", "--here", str(DAYS[1])).out == f"https://example.org/cv/{DAYS[1]}\n"
