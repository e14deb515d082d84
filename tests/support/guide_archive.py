"""The place where the commands of the documentation are run: a folder, a loopback arXiv and a clock that stands still."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.cli.main import exit_code_of
from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server
from tests.support.command_line import DAYS
from tests.support.small_archive import noon
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

NOW = noon(DAYS[-1])
CONFIGURATION = 'archive.root = "archive"\narchive.vault = "vault"\narchive.since = 2026-06-30\n'
_PROMPT = re.compile(r"^\$ (.+)$", re.MULTILINE)
_EXIT_CODE = re.compile(r"# ends with (\d+)\b")


@dataclass(frozen=True)
class GuideCommand:
    """A line of a document that is typed into a shell, and the exit code that the document says."""

    line: str
    expected: int


def read_commands(page: str) -> list[GuideCommand]:
    """Return the commands with `$` of the blocks `console` of a Markdown text, in order."""
    blocks = re.findall(r"^```console\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    found = []
    for line in (line for block in blocks for line in _PROMPT.findall(block)):
        code = _EXIT_CODE.search(line)
        found.append(GuideCommand(line, int(code[1]) if code else 0))
    return found


@contextmanager
def open_guide_folder(folder: Path, environment: pytest.MonkeyPatch, *, synced: bool) -> Iterator[None]:
    """Work in a folder as a reader does: `old-digests` are there, and an archive of them all where it is `synced`."""
    folder.mkdir(parents=True, exist_ok=True)
    copy_synced(folder, NOW)
    _copy_old_digests(folder)
    if synced:
        text = "[archive]\n" + CONFIGURATION.replace("archive.", "")
        (folder / "config.toml").write_text(text, encoding="utf-8")
    else:
        for name in ("archive", "vault", "syncd.db"):
            subprocess.run(["rm", "-rf", str(folder / name)], check=True)
    with Server(small_history(), lambda: NOW) as server, chdir(folder):
        for name, value in _describe_world(server).items():
            environment.setenv(name, value)
        yield


def run_command(command: GuideCommand) -> tuple[int, str]:
    """Run a command, and return its exit code and what it printed. One that is only syncd runs in this process."""
    words = shlex.split(command.line, comments=True)
    if words[0] == "syncd" and not {">", "|", "&&"}.intersection(words):
        output = StringIO()
        with redirect_stdout(output), redirect_stderr(output):
            code = exit_code_of(words[1:])
        return code, output.getvalue()
    program = f'syncd() {{ {shlex.quote(sys.executable)} -m syncd "$@"; }}\n{command.line}'
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run(["bash", "-c", program], check=False, capture_output=True, text=True, env=environment)
    return ended.returncode, ended.stdout + ended.stderr


def _copy_old_digests(folder: Path) -> None:
    """Put three digests into `old-digests`, under names that another program could have given them."""
    old = folder / "old-digests"
    old.mkdir()
    for day in DAYS[:3]:
        text = (folder / "archive" / f"{day:%Y}" / f"{day}.md").read_bytes()
        (old / f"cv_{day:%Y%m%d}.md").write_bytes(text)


def _describe_world(server: Server) -> dict[str, str]:
    """Return the variables that stand for a real arXiv and a real clock."""
    return {
        "SYNCD_NOW": NOW.isoformat(),
        "SYNCD_UPSTREAM__LISTING_URL": server.url,
        "SYNCD_UPSTREAM__OAI_URL": f"{server.url}/oai",
        "SYNCD_UPSTREAM__RSS_URL": server.url,
        "SYNCD_UPSTREAM__API_URL": f"{server.url}/api/query",
        "SYNCD_UPSTREAM__LISTING_INTERVAL": "0s",
        "SYNCD_UPSTREAM__API_INTERVAL": "0s",
        "SYNCD_UPSTREAM__CONTACT": "reader@localhost",
        "COLUMNS": "100",
    }
