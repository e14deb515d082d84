"""The command line as a test uses it: one call in this process, or a process of its own, over a small loopback world."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncd.cli.main import exit_code_of
from syncd.core import digest as digests
from syncd.core.model import Digest, Entry, paper_id
from syncd.rehearsal.server import config_text

if TYPE_CHECKING:
    from datetime import datetime

    import pytest

    from syncd.rehearsal.server import Server

ROOT = Path(__file__).resolve().parents[2]
DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
"""The dates of the small history's mailings."""
ENTRY = Entry(paper_id("2606.30001"), "A Title", "An abstract.")


@dataclass(frozen=True)
class Ended:
    """How one call ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON object."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """A folder with a configuration, in which `syncd` is called; `now` freezes its calendar clock."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    environment: pytest.MonkeyPatch

    def set_up(self, server: Server, now: datetime) -> None:
        """Write a configuration for this arXiv, and stop the clock."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "config.toml").write_text(config_text(server, str(self.folder)), encoding="utf-8")
        self.at(now)

    def at(self, now: datetime) -> None:
        """Move the calendar clock."""
        self.environment.setenv("SYNCD_NOW", now.isoformat())

    def __call__(self, *arguments: str) -> Ended:
        self.environment.chdir(self.folder)
        self.capture.readouterr()
        code = exit_code_of(list(arguments))
        printed = self.capture.readouterr()
        return Ended(code, printed.out, printed.err)

    def files(self) -> set[str]:
        """Every file below the folder."""
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}

    def process(self, *arguments: str, **more: Any) -> subprocess.Popen[str]:
        """Start the command as a process of its own, its output buffered as it is for most users."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        environment.pop("PYTHONUNBUFFERED", None)
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        command = [sys.executable, "-m", "syncd", *arguments]
        return subprocess.Popen(command, cwd=self.folder, env=environment, text=True, **streams)


def digest_file(folder: Path, day: date = DAYS[0], name: str = "old.txt") -> Path:
    """Write a digest with one entry into the folder `from-before`."""
    path = folder / "from-before" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(digests.render(Digest(day, "cs.CV", (ENTRY,), 1)))
    return path


def error_of(ended: Ended) -> dict[str, str]:
    """Return the error of a JSON answer, which must agree with exit code and standard error."""
    error: dict[str, str] = ended.json["error"]
    assert set(error) == {"code", "message", "help"}
    assert ended.json["exit_code"] == ended.code
    assert ended.err.startswith("syncd: ") or "\nsyncd: " in ended.err
    return error
