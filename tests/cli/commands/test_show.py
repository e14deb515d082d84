"""`syncd show` as a person calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.command_line import DAYS, Shell, error_of

if TYPE_CHECKING:
    import pytest


def test_a_paper_and_a_mailing_are_shown(held: Shell) -> None:
    entries = held("show", "--json", str(DAYS[1])).json["entries"]
    found = held("show", entries[0]["id"], "--json").json
    assert found["announced"]["title"] == entries[0]["title"]
    assert held("show", str(DAYS[1])).out.startswith("Wed 2026-07-01  complete  ")


def test_a_long_text_is_set_to_the_width_of_the_terminal(held: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    paper = held("show", "--json", str(DAYS[1])).json["entries"][0]["id"]
    assert max(map(len, held("show", paper).out.splitlines())) <= 60


def test_an_unknown_paper_is_no_usage_error(held: Shell) -> None:
    ended = held("show", "2101.00001", "--json")
    assert ended.code == 3
    assert error_of(ended)["code"] == "not-found"


def test_an_unknown_paper_comes_with_the_mailings_that_have_the_ids_next_to_it(held: Shell) -> None:
    last = held("show", "--json", str(DAYS[1])).json["entries"][-1]["id"]
    error = error_of(held("show", f"{last[:-1]}{int(last[-1]) + 1}", "--json"))
    assert str(DAYS[1]) in error["help"]
