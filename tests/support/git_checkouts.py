"""Publish small archives into real git checkouts, and ask git what came of it."""

from __future__ import annotations

import os
import subprocess
from datetime import date
from typing import TYPE_CHECKING, Protocol

import pytest

from syncd.core.reconcile import Choice
from syncd.usecases.publish.publish import PublishResult, extend_commit_order, publish
from syncd.usecases.reconcile import repair

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.support.small_archive import World

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
LAST = DAYS[-1]
ENVIRON = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "GIT_CONFIG_NOSYSTEM": "1"}


def git(folder: Path, *arguments: str, **environ: str) -> str:
    settings = ["-c", "user.name=A. Person", "-c", "user.email=person@example.org", "-c", "init.defaultBranch=main"]
    command = ["git", "-C", str(folder), *settings, *arguments]
    found = subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRON | environ)
    return found.stdout.strip()


def refuse_to_wait(_seconds: float) -> None:
    pytest.fail("waits")


def root_of(here: World) -> Path:
    return here.folder / "archive"


def run_publish(
    here: World, days: Sequence[date] = DAYS, *, sleep: Callable[[float], None] = refuse_to_wait, **environ: str
) -> PublishResult:
    """Do what the leader ends a turn with: extend the order of commits, and publish."""
    with here.open() as work:
        extend_commit_order(work)
        return publish(work, days, environ=ENVIRON | environ, sleep=sleep)


def log(folder: Path, form: str = "%s") -> list[str]:
    return git(folder, "log", "--reverse", f"--format={form}").splitlines()


def head(folder: Path) -> str:
    return git(folder, "rev-parse", "HEAD")


def is_clean(folder: Path) -> bool:
    return git(folder, "status", "--porcelain", "--untracked-files=all") == ""


def edit(here: World, day: date, *, accept: bool = True) -> None:
    """Let a person edit a digest, and the archive take it."""
    file = here.file(day)
    file.write_bytes(file.read_bytes().replace(b"]( ", b"](", 1).replace(b">  ", b">  Edited: ", 1))
    if accept:
        with here.open() as work:
            assert repair.repair(work, [day], Choice.ACCEPT_FILE).days[0].error is None


class Host(Protocol):
    """Make an archive in a folder: every mailing is there, and nothing is a checkout yet."""

    def __call__(self, folder: Path, **overrides: str) -> World: ...
