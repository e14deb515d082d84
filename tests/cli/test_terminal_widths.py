"""Every command's text on terminals of 60, 80 and 200 columns: lines that fit, and words and ids that are whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest

from syncd.cli.main import exit_code_of
from syncd.cli.registry import list_command_names
from syncd.report.line_wrap import measure_width
from tests.support.command_line import DAYS, Shell, digest_file

if TYPE_CHECKING:
    from pathlib import Path

WIDTHS = (60, 80, 200)
ID = re.compile(r"\b\d{4}\.\d{5}\b")
HELD, OTHER = str(DAYS[1]), str(DAYS[2])

READING = (
    ("status",),
    ("-v", "status", "--since", "2026-06-01"),
    ("check", "--full"),
    ("check", "2026-07-04"),
    ("diff", "--against", "files"),
    ("diff", "--against", "files", "--format", "stat"),
    ("diff", "--plan", "--since", HELD),
    ("show", HELD, "--history"),
    ("show", "2606.30012", "--history"),
    ("show", "2606.30012", "--as-of", HELD),
    ("search", "the"),
    ("search", "the", "--by", "month"),
    ("calendar", "2026-07"),
    ("calendar", "2024"),
    ("report", "--list", "revised"),
    ("requests",),
    ("list",),
    ("open", HELD),
    ("publish",),
    ("requests", "--release", "arxiv.org"),
    ("doctor",),
    ("ack",),
    ("db", "current"),
    ("db", "check"),
    ("db", "copy", "sqlite:///copy.db", "--dry-run"),
    ("config", "validate"),
    ("config", "show"),
    ("run", "--dry-run"),
    ("replay", "--verify"),
    ("repair", "--dry-run"),
    ("replay", "--dry-run"),
    ("adopt", "from-before", "--dry-run"),
    ("sync", "--dry-run"),
    ("sync", "2020-01-02"),
    ("backfill", "--since", "2026-06-01", "--plan"),
    ("backfill", "--since", "2026-07-03", "--until", "2026-07-01"),
    ("statsu",),
    ("-c", "no-such-file-with-a-long-name.toml", "status"),
)
"""Command lines that change nothing, so that they can run at each width."""
WORKING = (
    ("sync",),
    ("diff",),
    ("repair", OTHER, "--restore"),
    ("replay", HELD),
    ("adopt", "from-before"),
    ("backfill", "--since", "2026-06-01", "--source", "oai", "--verify"),
    ("db", "upgrade"),
    ("db", "copy", "sqlite:///copy.db"),
    ("report", "-o", "page.html"),
    ("export", "-o", "papers.jsonl"),
)
"""Command lines that work once: what they print is wrapped by the same means."""
ELSEWHERE = {"completion", "rehearse", "serve"}
"""A script for a shell, the output of other commands, and one line that a server prints."""
BY_WIDTH = ("search", "stat")
"""They show more on a wider terminal: excerpts and signs."""


def find_wide_lines(text: str, width: int) -> list[str]:
    """The lines that stick out, but for one long word such as a path."""
    lines = click.unstyle(text).splitlines()
    return [line for line in lines if measure_width(line) > width and len(line.split()) > 1]


@pytest.fixture
def troubled(held: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """An archive with a lost file, an edited one, and a digest to adopt."""
    monkeypatch.setenv("TERM", "xterm")
    digest_file(held.folder, DAYS[0].replace(year=2025))
    (held.folder / "archive" / HELD[:4] / f"{HELD}.md").unlink()
    edited = held.folder / "archive" / OTHER[:4] / f"{OTHER}.md"
    edited.write_bytes(edited.read_bytes().replace(b"the", b"teh", 1))
    return held


def print_at(shell: Shell, width: int, arguments: tuple[str, ...]) -> str:
    """What a command prints at this width, on both streams."""
    shell.environment.setenv("COLUMNS", str(width))
    ended = shell("--color", "always", *arguments)
    assert ended.code != 70, ended.err
    return ended.out + ended.err


def test_every_command_is_tried() -> None:
    tried = {word for line in (*READING, *WORKING) for word in line if word in list_command_names()}
    assert set(list_command_names()) - ELSEWHERE == tried


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_what_a_command_prints_fits_the_terminal_and_no_word_is_broken(
    troubled: Shell, arguments: tuple[str, ...]
) -> None:
    shown = {width: print_at(troubled, width, arguments) for width in WIDTHS}
    for width, text in shown.items():
        assert find_wide_lines(text, width) == []
    words = {width: click.unstyle(text).split() for width, text in shown.items()}
    if any(name in arguments for name in BY_WIDTH):
        assert set(ID.findall(shown[60])) == set(ID.findall(shown[200]))
    else:
        assert words[60] == words[80] == words[200]


@pytest.mark.parametrize("arguments", WORKING, ids=" ".join)
def test_what_a_command_prints_when_it_has_worked_fits_a_narrow_terminal(
    troubled: Shell, arguments: tuple[str, ...]
) -> None:
    assert find_wide_lines(print_at(troubled, 60, arguments), 60) == []


@pytest.mark.parametrize("name", list_command_names())
def test_the_help_of_a_command_fits_the_terminal_and_no_word_is_broken(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    words: dict[int, list[str]] = {}
    for width in WIDTHS:
        monkeypatch.setenv("COLUMNS", str(width))
        assert exit_code_of([name, "--help"]) == 0
        text = capsys.readouterr().out
        assert find_wide_lines(text, width) == []
        words[width] = text.split()
    assert sorted(words[60]) == sorted(words[80]) == sorted(words[200])
