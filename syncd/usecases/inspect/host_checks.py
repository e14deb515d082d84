"""Examine this host: software, folders, locks, clock, unit, and the programs of hooks and publishing.

It must not write anything, take a lock or use the network. Each check reports one thing and what helps.
"""

from __future__ import annotations

import os
import platform
import pwd
import shutil
import sqlite3
import stat
from enum import StrEnum
from importlib import metadata
from typing import TYPE_CHECKING

from syncd import __version__
from syncd.archive.files.locks import DAEMON_LOCK, WRITE_LOCK
from syncd.config import find_program
from syncd.config.database_file import find_database_file
from syncd.core.printable import printable
from syncd.core.values import dataclass
from syncd.usecases.publish.git_checkout import GitError, open_checkout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from syncd.config import Config
    from syncd.core.errors import SyncdError
    from syncd.usecases.process import Ended

_LIBRARIES = (
    "sqlalchemy",
    "alembic",
    "httpx",
    "tenacity",
    "apscheduler",
    "feedparser",
    "selectolax",
    "click",
    "tzdata",
)
_OLDEST_SQLITE = (3, 35)
"""The first one with RETURNING."""

_LITTLE, _TOO_LITTLE = 200 << 20, 20 << 20
"""Bytes of free space for a warning and for a fault. A mailing takes about 150 kB, its raw page and rows 500 kB."""

_CONFIG_FOLDER = "/etc/syncd"
"""Where the units look for their configurations."""


class Grade(StrEnum):
    """The result of a check. `skipped` means that it was not possible."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its subject, what was found, and what to do about it (empty when nothing).

    A check that ended with an error has `error` instead of a message.
    """

    subject: str
    grade: Grade
    message: str = ""
    help: str = ""
    error: SyncdError | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """The process that examines: its environment, its effective user, and a function that runs a program."""

    environ: Mapping[str, str]
    user: int
    run: Callable[[Sequence[str]], Ended]


def software() -> Iterator[Check]:
    """Check the interpreter, syncd and its libraries."""
    yield Check("python", Grade.OK, f"{platform.python_version()} ({platform.system()} {platform.machine()})")
    yield Check("syncd", Grade.OK, __version__)
    found = {name: _version(name) for name in _LIBRARIES}
    missing = [name for name, version in found.items() if version is None]
    versions = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    if missing:
        yield Check(
            "libraries", Grade.FAIL, f"missing: {', '.join(missing)}", "install syncd again, with its dependencies"
        )
    else:
        yield Check("libraries", Grade.OK, versions)
    yield _sqlite()


def _sqlite() -> Check:
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        return Check("sqlite", Grade.FAIL, f"{sqlite3.sqlite_version} is too old", "3.35 or newer is needed")
    return Check("sqlite", Grade.OK, sqlite3.sqlite_version)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def configuration(config: Config) -> Iterator[Check]:
    """Check the configuration file and its warnings."""
    subject = "configuration"
    if config.searched:
        yield Check(subject, Grade.WARN, config.describe_origin(), "make one: syncd config generate > config.toml")
    else:
        yield Check(subject, Grade.OK, config.describe_origin())
    for warning in config.warnings:
        yield Check(subject, Grade.WARN, warning, "every key with its meaning: syncd config generate")


def driver(config: Config) -> Iterator[Check]:
    """Check the driver for PostgreSQL, when that is configured."""
    if config.database.url.startswith("postgresql"):
        version = _version("psycopg")
        if version is None:
            yield Check("driver", Grade.FAIL, "PostgreSQL needs psycopg", "pip install 'syncd[postgres]'")
        else:
            yield Check("driver", Grade.OK, f"psycopg {version}")


def folders(config: Config, host: Host) -> Iterator[Check]:
    """Check that the folders exist, belong to this user, are writable and have free space."""
    yield _folder("root", config.archive.root, host)
    if config.archive.vault is not None:
        yield _folder("vault", config.archive.vault, host)
    file = find_database_file(config)
    if file is not None:
        yield _folder("database folder", file.parent, host)


def _folder(subject: str, path: Path, host: Host) -> Check:
    try:
        found = path.stat()
        free = shutil.disk_usage(path).free
    except FileNotFoundError:
        return Check(subject, Grade.WARN, f"{path} does not exist yet", "to make a new archive, run: syncd sync")
    except OSError as error:
        return Check(
            subject,
            Grade.FAIL,
            f"{path}: {error.strerror}",
            "check the path, and the permissions of the folders above it",
        )
    owner = user_name(found.st_uid)
    if not stat.S_ISDIR(found.st_mode):
        return Check(subject, Grade.FAIL, f"{path} is not a folder", "check the path")
    if found.st_uid != host.user:
        message = f"{path} belongs to {owner}, but this process runs as {user_name(host.user)}"
        return Check(subject, Grade.WARN, message, f"run syncd as {owner}: {_as(owner, host.user)} syncd …")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK, effective_ids=True):
        return Check(
            subject, Grade.FAIL, f"{path} is not writable", "check the mode, and that the disk is not mounted read-only"
        )
    return room(subject, path, owner, free)


def room(subject: str, path: Path, owner: str, free: int) -> Check:
    """Check the free space in bytes."""
    if free < _LITTLE:
        grade = Grade.FAIL if free < _TOO_LITTLE else Grade.WARN
        return Check(subject, grade, f"{path}: {free >> 20} MiB free", "free some space on the disk")
    return Check(subject, Grade.OK, f"{path}, of {owner}, {free / 2**30:,.1f} GiB free")


def user_name(user: int) -> str:
    """Return the name of a user, or `#` and the number when it has none."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"


def _as(owner: str, user: int) -> str:
    return f"runuser -u {owner} --" if user == 0 else f"sudo -u {owner}"


def locks(config: Config, table: str) -> Iterator[Check]:
    """Report who holds the locks of the archive. `table` is the content of /proc/locks."""
    for subject, name in (("daemon lock", DAEMON_LOCK), ("write lock", WRITE_LOCK)):
        path = config.archive.root / name
        try:
            found = path.stat()
            holder = printable(path.read_text(encoding="utf-8", errors="replace")[:400])
        except OSError:
            continue  # it was never held, or this user cannot read it, which `folders` reports
        device = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino} "
        held = any("FLOCK" in line and f" {device}" in line for line in table.splitlines())
        yield Check(subject, Grade.OK, f"held by {holder}" if held else "free")


def clock(host: Host) -> Check:
    """Check that the system clock is synchronised."""
    if host.environ.get("SYNCD_NOW", "").strip():
        message = f"SYNCD_NOW: the calendar clock stands still at {printable(host.environ['SYNCD_NOW'])}"
        return Check("clock", Grade.WARN, message, "unset SYNCD_NOW, unless this is a rehearsal")
    ended = host.run(["timedatectl", "show", "--property=NTPSynchronized", "--value"])
    match ended.stdout.strip():
        case b"yes":
            return Check("clock", Grade.OK, "synchronised")
        case b"no":
            return Check(
                "clock", Grade.WARN, "not synchronised", "timedatectl set-ntp true, or start another NTP service"
            )
    return Check("clock", Grade.SKIPPED, "timedatectl does not report whether it is synchronised")


def unit(config: Config, host: Host) -> Check:
    """Check the systemd service of this archive."""
    name = _find_unit(config.path)
    asked = ["--property=LoadState,ActiveState,SubState,UnitFileState,StatusText", name]
    ended = host.run(["systemctl", "show", *asked])
    if ended.exit_code != 0:
        return Check("unit", Grade.SKIPPED, "systemd is not running on this host")
    lines = (line.partition("=") for line in ended.stdout.decode(errors="replace").splitlines())
    facts = {name: printable(value) for name, _, value in lines}
    if facts.get("LoadState") != "loaded":
        return Check("unit", Grade.SKIPPED, f"{name} is not installed")
    return _unit(name, facts)


def _find_unit(path: Path | None) -> str:
    """Return the unit that uses this configuration: `/etc/syncd/cs.CL.toml` belongs to `syncd@cs.CL.service`."""
    is_of_category = path is not None and str(path.parent) == _CONFIG_FOLDER and path.stem != "config"
    return f"syncd@{path.stem}.service" if path is not None and is_of_category else "syncd.service"


def _unit(name: str, facts: Mapping[str, str]) -> Check:
    state = f"{facts.get('ActiveState')} ({facts.get('SubState')}), {facts.get('UnitFileState') or 'not enabled'}"
    match facts.get("ActiveState"):
        case "active" | "reloading":
            return Check("unit", Grade.OK, f"{state}: {facts.get('StatusText')}".removesuffix(": "))
        case "failed":
            return Check("unit", Grade.FAIL, state, f"journalctl -u {name} -e; then: systemctl restart {name}")
    return Check("unit", Grade.WARN, state, f"systemctl enable --now {name}")


def hooks(config: Config, host: Host) -> Iterator[Check]:
    """Check that the program of every hook exists."""
    for key in ("on_new", "on_match", "on_problem", "on_recovered"):
        for number, line in enumerate(getattr(config.hooks, key), start=1):
            yield _hook(f"hooks.{key} {number}", line, host)


def _hook(subject: str, line: str, host: Host) -> Check:
    program, found = find_program(line, host.environ.get("PATH"))
    if found is None:
        return Check(subject, Grade.FAIL, f"{printable(program)} was not found", "give the full path of the program")
    return Check(subject, Grade.OK, printable(found))


def publishing(config: Config, host: Host) -> Iterator[Check]:
    """Check that the root is a git checkout that commits can be made in, when publishing is on."""
    if not config.publish.git:
        return
    try:
        yield _checkout(config, host)
    except OSError:
        yield Check("publish", Grade.SKIPPED, "the root does not exist yet")
    except GitError as error:
        yield Check("publish", Grade.FAIL, str(error), "run git init there, or set publish.git = false")


def _checkout(config: Config, host: Host) -> Check:
    root = config.archive.root
    if (owner := root.stat().st_uid) != host.user:
        # Git refuses the checkout of another user, so its answer would say nothing about the checkout.
        return Check("publish", Grade.SKIPPED, f"only {user_name(owner)} can use the checkout")
    checkout = open_checkout(root, host.environ, lambda: False)
    branch, begun = checkout.read_branch(), checkout.find_unfinished()
    if begun:
        return Check("publish", Grade.WARN, f"a merge or rebase is not finished ({begun})", "finish or abort it")
    if config.publish.push and checkout.find_push_target(branch) is None:
        return Check(
            "publish", Grade.FAIL, f"branch {branch} has no upstream", "set it: git config branch.NAME.remote, .merge"
        )
    return Check("publish", Grade.OK, f"{branch} in {root}")
