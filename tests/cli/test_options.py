"""Arguments that several commands share, the progress line, and where a complaint about the configuration belongs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.cli.config_location import add_line, line_of
from syncd.cli.options import DATE
from syncd.cli.progress import ProgressLine
from syncd.core.errors import ConfigError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@given(st.dates())
def test_a_date_is_read_as_it_is_written(day: date) -> None:
    assert DATE.convert(day.isoformat(), None, None) == DATE.convert(day, None, None) == day


@pytest.mark.parametrize(
    "text", ["", "2026-7-1", "20260701", "2026-07-32", "2026-W27-1", "yesterday", "２０２６-07-01"]
)
def test_what_is_no_iso_date_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="YYYY-MM-DD"):
        DATE.convert(text, None, None)


def test_progress_replaces_its_line_and_takes_it_away() -> None:
    stream = Terminal()
    progress = ProgressLine(stream)
    progress.count("checking", 1, 3)
    progress.count("checking", 3, 3)
    progress.clear()
    assert stream.getvalue() == "\r\x1b[Kchecking 1 of 3\r\x1b[Kchecking 3 of 3\r\x1b[K"


def test_progress_is_written_a_hundred_times_at_most_whatever_there_is_to_do() -> None:
    stream = Terminal()
    progress = ProgressLine(stream)
    for done in range(1700):
        progress.count("checking", done, 1700)
    assert stream.getvalue().count("checking") <= 101


def test_progress_is_for_terminals_and_not_for_the_quiet() -> None:
    streams = io.StringIO(), Terminal()
    for progress in ProgressLine(streams[0]), ProgressLine(streams[1], quiet=True):
        progress.say("working")
        progress.clear()
    assert [stream.getvalue() for stream in streams] == ["", ""]


def test_a_long_progress_line_is_cut_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    stream = Terminal()
    ProgressLine(stream).say("x" * 200)
    assert stream.getvalue() == "\r\x1b[K" + "x" * 49


TOML = '# top\nloose = 1\n\n[archive]  # here\nroot = "a"\n"since" = 2020-01-01\n\n[ upstream ]\nroot = 2\n'


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("loose", 2),
        ("archive", 4),
        ("archive.root", 5),
        ("archive.since", 6),
        ("upstream", 8),
        ("upstream.root", 9),
        ("upstream.since", None),
        ("root", None),
    ],
)
def test_a_key_is_found_on_its_line(key: str, line: int | None) -> None:
    assert line_of(TOML, key) == line


def test_a_complaint_gains_its_line_only_where_there_is_one(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TOML)
    assert add_line(ConfigError("bad", key="archive.root", origin=str(file))).origin == f"{file}, line 5"
    for untold in (
        ConfigError("bad", key="archive.root", origin="SYNCD_ARCHIVE__ROOT"),
        ConfigError("bad", origin=str(file)),
        ConfigError("bad", key="archive.root"),
    ):
        assert add_line(untold) is untold
