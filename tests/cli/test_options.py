"""Arguments that several commands share, and where a complaint about the configuration belongs."""

from __future__ import annotations

import importlib
import os
import pkgutil
from typing import TYPE_CHECKING

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.cli import commands
from syncd.cli.config_location import add_line, line_of
from syncd.cli.options import DATE, GIVEN_FILE, OUTPUT_FILE, refuse_reversed
from syncd.core.errors import ConfigError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


@given(st.dates())
def test_a_date_is_read_as_it_is_written(day: date) -> None:
    assert DATE.convert(day.isoformat(), None, None) == DATE.convert(day, None, None) == day


@pytest.mark.parametrize(
    "text", ["", "2026-7-1", "20260701", "2026-07-32", "2026-W27-1", "yesterday", "２０２６-07-01"]
)
def test_what_is_no_iso_date_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="YYYY-MM-DD"):
        DATE.convert(text, None, None)


def test_a_pipe_or_a_device_is_no_file_to_read_or_to_replace(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (str(tmp_path / "pipe"), "/dev/zero"):
        for kind in (GIVEN_FILE, OUTPUT_FILE):
            with pytest.raises(click.BadParameter, match="not a regular file"):
                kind.convert(path, None, None)


def test_an_output_may_be_new_or_replace_a_file_in_a_folder_that_exists(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    assert OUTPUT_FILE.convert(str(path), None, None) == str(path)
    path.touch()
    assert OUTPUT_FILE.convert(str(path), None, None) == str(path)
    with pytest.raises(click.BadParameter, match="no folder"):
        OUTPUT_FILE.convert(str(tmp_path / "nowhere" / "a"), None, None)


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


@pytest.mark.parametrize(
    "arguments",
    [["--since", "2026-07-02", "--until", "2026-07-01"], ["--until", "2026-07-01", "--since", "2026-07-02"]],
)
@pytest.mark.parametrize("name", ["backfill", "diff", "export", "search", "status"])
def test_a_reversed_range_is_a_usage_error_in_every_command_that_takes_one(name: str, arguments: list[str]) -> None:
    command = importlib.import_module(f"syncd.cli.commands.{name}").command
    with pytest.raises(
        click.UsageError, match="the range is reversed: --since 2026-07-02 is later than --until 2026-07-01"
    ):
        command.make_context(name, list(arguments))


def test_every_command_with_a_range_refuses_a_reversed_one() -> None:
    modules = pkgutil.iter_modules(commands.__path__)
    found = [importlib.import_module(f"{commands.__name__}.{one.name}").command for one in modules]
    ends = [end for command in found for end in command.params if end.name in {"since", "until"}]
    assert ends
    assert [end for end in ends if end.callback is not refuse_reversed] == []
