"""The pictures of the documentation: what the commands of the tutorial print, as SVG. `make test-web` takes those of pages.

Run it after an output has changed: make pictures. Everything is real output over the invented papers of the rehearsal. Only what
no two runs share is written alike: moments of the real clock become that of the frozen one, and the port of the server 8000.
"""

# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # the folder in which guides are tried is among the tests

from syncd.cli.main import exit_code_of  # noqa: E402  its place is known only now
from tests.support.guide_archive import NOW, open_guide_folder, read_commands, run_command  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = HERE / "images"
SHOWN = {
    "syncd adopt old-digests": "adopt",
    "syncd status": "status",
    "syncd sync": "sync",
    "syncd diff": "diff",
    "syncd search 'shadow OR snow'": "search",
}
"""The commands of the tutorial that are shown, and the names of their pictures."""
WIDTH = 100
_CELL, _LINE, _EDGE = 8.4, 19, 12
"""Width of a character, height of a line and the edge around all, in pixels."""
_COLOURS = {
    "31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#76e3ea", "90": "#8b949e",
}  # fmt: skip
_SGR = re.compile(r"\x1b\[([\d;]*)m")
_FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


def write() -> None:
    """Bring the pictures up to date."""
    FOLDER.mkdir(exist_ok=True)
    for name, picture in draw().items():
        (FOLDER / f"{name}.svg").write_text(picture, encoding="utf-8")


def draw() -> dict[str, str]:
    """Return the pictures by name, from one reading of the tutorial."""
    page = (HERE / "tutorial.md").read_text(encoding="utf-8")
    drawn: dict[str, str] = {}
    with (
        TemporaryDirectory() as name,
        pytest.MonkeyPatch.context() as environment,
        open_guide_folder(Path(name) / "archive", environment, synced=False),
    ):
        environment.setenv("COLUMNS", str(WIDTH))
        for command in read_commands(page):
            if command.line in SHOWN:
                drawn[SHOWN[command.line]] = _draw_terminal(command.line, _run(command.line))
            elif (found := run_command(command))[0] != command.expected:
                raise AssertionError(f"{command.line}\n{found[1]}")
    return drawn


def _run(line: str) -> str:
    """Return what a command prints in colour."""
    import shlex

    output = StringIO()
    with redirect_stdout(output), redirect_stderr(StringIO()):
        exit_code_of(["--color", "always", *shlex.split(line)[1:]])
    return "\n".join(_settle(output.getvalue()))


def _settle(text: str) -> Iterator[str]:
    """Yield the lines without what differs from run to run."""
    for line in text.rstrip("\n").splitlines():
        settled = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8000", line)
        settled = re.sub(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", f"{NOW:%Y-%m-%d %H:%M:%S} UTC", settled)
        yield re.sub(r"seen 20\d\d-\d\d-\d\d", f"seen {NOW:%Y-%m-%d}", settled)


def _draw_terminal(line: str, printed: str) -> str:
    """Return a terminal in which a command was typed. Each word has its own place, so that every font keeps the columns."""
    lines = [f"\x1b[1m$ {line}\x1b[0m", *printed.splitlines()]
    words = "\n".join(word for number, text in enumerate(lines) for word in _draw_line(text, number))
    width, height = round(WIDTH * _CELL) + 2 * _EDGE, len(lines) * _LINE + 2 * _EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(line, {chr(34): "&quot;"})}">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="#161b22"/>\n'
        f'<g font-family="{_FONT}" font-size="14" fill="#e6edf3">\n{words}\n</g>\n</svg>\n'
    )


def _draw_line(text: str, number: int) -> Iterator[str]:
    """Yield each word of a line with escape codes, at its column."""
    column, codes = 0, set[str]()
    parts = _SGR.split(text)
    for plain, given in zip(parts[::2], [*parts[1::2], ""], strict=True):
        style = "".join(f' fill="{_COLOURS[code]}"' for code in sorted(codes & _COLOURS.keys()))
        style += ' font-weight="bold"' if "1" in codes else ""
        style += ' opacity="0.7"' if "2" in codes else ""
        for word in re.finditer(r"\S+", plain):
            x, y = _EDGE + (column + word.start()) * _CELL, _EDGE + (number + 0.75) * _LINE
            length = round(len(word[0]) * _CELL, 1)
            yield f'<text x="{x:.1f}" y="{y:.1f}" textLength="{length}"{style}>{escape(word[0])}</text>'
        column += len(plain)
        codes = set() if given in {"", "0"} else codes | set(given.split(";"))


if __name__ == "__main__":
    write()
