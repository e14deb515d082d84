"""What is disturbed: an archive to begin with, the command that is struck, and the command that heals it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from syncd.rehearsal.server import Server, config_text
from tests.support.command_line import DAYS, digest_file
from tests.support.row_damage import set_text
from tests.support.small_archive import noon, world
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A. Person"), ("EMAIL", "person@example.org"))
} | {"HOME": "/nowhere", "GIT_CONFIG_NOSYSTEM": "1"}
"""The environment of a command that publishes."""


@dataclass(frozen=True)
class Scenario:
    """One command on one archive. `prepare` fills the folder; `is_today` asks the arXiv of the real date."""

    name: str
    arguments: tuple[str, ...]
    prepare: Callable[[Path], None]
    is_today: bool = False
    heal: tuple[str, ...] = ()
    overrides: str = ""

    @property
    def healing(self) -> tuple[str, ...]:
        """The command that a person runs afterwards."""
        return self.heal or self.arguments

    def write(self, folder: Path, server: Server) -> None:
        """Write the archive and its configuration into an empty folder."""
        self.prepare(folder)
        text = config_text(server, str(folder)) + self.overrides
        (folder / "config.toml").write_text(text.replace('timeout = "5s"', 'timeout = "20s"'), encoding="utf-8")


def _begin(folder: Path) -> None:
    for number in (0, 1, 2):
        digest_file(folder, DAYS[number], f"{number}.txt")


def _hold_two(folder: Path) -> None:
    copy_synced(folder, noon(DAYS[1]))


def _hold_newest(folder: Path) -> None:
    copy_synced(folder, noon(DAYS[3]), (DAYS[3],))


def _hold_four(folder: Path) -> None:
    copy_synced(folder, noon(DAYS[3]))


def _damage(folder: Path) -> None:
    _hold_four(folder)
    with world(folder, noon(DAYS[3])) as here:
        here.file(DAYS[0]).unlink()
        here.sql(f"DELETE FROM entry WHERE day = '{DAYS[1]}'")  # noqa: S608  a date
        here.sql(set_text("title", "'Another Title'", f"day = '{DAYS[2]}' AND number = 1"))


def _lose_rows(folder: Path) -> None:
    _hold_four(folder)
    for file in folder.glob("syncd.db*"):
        file.unlink()


def _make_checkout(folder: Path) -> None:
    _hold_four(folder)
    subprocess.run(["git", "-C", str(folder / "archive"), "-c", "init.defaultBranch=main", "init", "-q"], check=True)


def _begin_nothing(_folder: Path) -> None:
    pass


SCENARIOS = (
    Scenario("adopt", ("adopt", "from-before"), _begin),
    Scenario("sync", ("sync",), _hold_two),
    Scenario("backfill", ("backfill", "--since", str(DAYS[0]), "--source", "oai"), _hold_newest),
    Scenario("repair", ("repair",), _damage),
    Scenario("replay", ("replay",), _lose_rows),
    Scenario("publish", ("publish",), _make_checkout, overrides="\n[publish]\ngit = true\n"),
    Scenario("turn", ("TURN",), _begin_nothing, is_today=True),
    Scenario("serve", ("SERVE",), _hold_four),
)


def copy_template(template: Path, folder: Path) -> None:
    """Bring a folder back to how the scenario begins."""
    shutil.rmtree(folder, ignore_errors=True)  # one that is mounted stays, and is emptied
    shutil.copytree(template, folder, symlinks=True, dirs_exist_ok=True)


def now() -> datetime:
    """Return the real time: what the arXiv of today goes by."""
    return datetime.now(UTC)
