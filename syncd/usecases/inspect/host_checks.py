"""What this host gives an archive: software, folders, locks, clock, unit, and the programs it is told to run.

It must not write anything, take a lock or ask the network; each examination says one thing and what helps.
"""

from __future__ import annotations

import os
import platform
import pwd
import shlex
import shutil
import sqlite3
import stat
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from typing import TYPE_CHECKING

from syncd import __version__
from syncd.archive.files.locks import DAEMON_LOCK, WRITE_LOCK
from syncd.config import KEYS, SECRETS, mask_secrets
from syncd.core.printable import printable
from syncd.usecases.publish.git_checkout import GitTrouble, open_checkout

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
"""Bytes of free space: a mailing takes some 150 kB, its raw page and rows half a megabyte."""

_UNIT = "syncd.service"


class Grade(StrEnum):
    """How an examination ended; `skipped` where it could not be made."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One examination: its subject, what was found, and what to do about it (empty when nothing).

    An examination that ended with an error carries it in `error` instead of a message.
    """

    subject: str
    grade: Grade
    message: str = ""
    help: str = ""
    error: SyncdError | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """The process that looks: its environment, its effective user, and how it starts a program and waits for it."""

    environ: Mapping[str, str]
    user: int
    run: Callable[[Sequence[str]], Ended]


def software() -> Iterator[Check]:
    """Interpreter, syncd and the libraries it stands on."""
    yield Check("python", Grade.OK, f"{platform.python_version()} ({platform.system()} {platform.machine()})")
    yield Check("syncd", Grade.OK, __version__)
    found = {name: _version(name) for name in _LIBRARIES}
    missing = [name for name, version in found.items() if version is None]
    told = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    if missing:
        yield Check(
            "libraries", Grade.FAIL, f"missing: {', '.join(missing)}", "install syncd again, with what it needs"
        )
    else:
        yield Check("libraries", Grade.OK, told)
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
    """The file, what is remarkable about it, and whether it tells a password to everybody."""
    subject = "configuration"
    yield Check(subject, Grade.OK, str(config.path) if config.path else "no file: the defaults")
    for warning in config.warnings:
        yield Check(subject, Grade.WARN, warning, "every key with its meaning: syncd config generate")
    if config.path is not None and _is_open(config.path):
        for name in SECRETS:
            if config.origins.get(name) == str(config.path) and _has_password(config, name):
                told = f"{name} has a password, and everybody on this host may read {config.path}"
                yield Check(subject, Grade.WARN, told, f"put it into a file of mode 0600 that {name}_file names")


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def _has_password(config: Config, name: str) -> bool:
    section, _, key = KEYS[name].name.partition(".")
    value = getattr(getattr(config, section), key)
    return value is not None and mask_secrets(value) != value


def driver(config: Config) -> Iterator[Check]:
    """What speaks to a PostgreSQL server, where one is configured."""
    if config.database.url.startswith("postgresql"):
        version = _version("psycopg")
        if version is None:
            yield Check("driver", Grade.FAIL, "PostgreSQL needs psycopg", "pip install 'syncd[postgres]'")
        else:
            yield Check("driver", Grade.OK, f"psycopg {version}")


def folders(config: Config, host: Host) -> Iterator[Check]:
    """The folders that are written to: there, ours, writable, with room."""
    yield _folder("root", config.archive.root, host)
    if config.archive.vault is not None:
        yield _folder("vault", config.archive.vault, host)
    file = _database_file(config)
    if file is not None:
        yield _folder("database folder", file.parent, host)


def _database_file(config: Config) -> Path | None:
    scheme, _, rest = config.database.url.partition(":///")
    if not scheme.startswith("sqlite"):
        return None
    # `root` lends its class only: an absolute path stays itself.
    return config.archive.root / rest.partition("?")[0]


def _folder(subject: str, path: Path, host: Host) -> Check:
    try:
        found = path.stat()
        free = shutil.disk_usage(path).free
    except FileNotFoundError:
        return Check(subject, Grade.WARN, f"{path} is not there yet", "a new archive is made by: syncd sync")
    except OSError as error:
        return Check(
            subject, Grade.FAIL, f"{path}: {error.strerror}", "check the path, and who may enter the folders above"
        )
    owner = user_name(found.st_uid)
    if not stat.S_ISDIR(found.st_mode):
        return Check(subject, Grade.FAIL, f"{path} is no folder", "check the path")
    if found.st_uid != host.user:
        told = f"{path} belongs to {owner}, this is {user_name(host.user)}"
        return Check(subject, Grade.WARN, told, f"run syncd as {owner}: {_as(owner, host.user)} syncd …")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK, effective_ids=True):
        return Check(
            subject, Grade.FAIL, f"{path} cannot be written to", "is the disk mounted read-only, or the mode wrong?"
        )
    return room(subject, path, owner, free)


def room(subject: str, path: Path, owner: str, free: int) -> Check:
    """Whether so many free bytes are enough for a while."""
    if free < _LITTLE:
        grade = Grade.FAIL if free < _TOO_LITTLE else Grade.WARN
        return Check(subject, grade, f"{path}: {free >> 20} MiB free", "make room on the disk")
    return Check(subject, Grade.OK, f"{path}, of {owner}, {free / 2**30:,.1f} GiB free")


def user_name(user: int) -> str:
    """A user's name, or `#` and the number where it has none."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"


def _as(owner: str, user: int) -> str:
    return f"runuser -u {owner} --" if user == 0 else f"sudo -u {owner}"


def locks(config: Config, table: str) -> Iterator[Check]:
    """Who holds the archive's locks; `table` is what /proc/locks says."""
    for subject, name in (("daemon lock", DAEMON_LOCK), ("write lock", WRITE_LOCK)):
        path = config.archive.root / name
        try:
            found = path.stat()
            holder = printable(path.read_text(encoding="utf-8", errors="replace")[:400])
        except OSError:
            continue  # nobody has ever held it, or it is not ours to read: `folders` says so
        place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino} "
        held = any("FLOCK" in line and f" {place}" in line for line in table.splitlines())
        yield Check(subject, Grade.OK, f"held by {holder}" if held else "free")


def clock(host: Host) -> Check:
    """Whether the system says that its clock is kept right."""
    if host.environ.get("SYNCD_NOW", "").strip():
        told = f"SYNCD_NOW: the calendar clock stands still at {printable(host.environ['SYNCD_NOW'])}"
        return Check("clock", Grade.WARN, told, "unset SYNCD_NOW, unless this is a rehearsal")
    ended = host.run(["timedatectl", "show", "--property=NTPSynchronized", "--value"])
    match ended.stdout.strip():
        case b"yes":
            return Check("clock", Grade.OK, "synchronised")
        case b"no":
            return Check(
                "clock", Grade.WARN, "not synchronised", "timedatectl set-ntp true, or start another NTP service"
            )
    return Check("clock", Grade.SKIPPED, "timedatectl cannot say whether it is synchronised")


def unit(host: Host) -> Check:
    """The service, where systemd runs."""
    asked = ["--property=LoadState,ActiveState,SubState,UnitFileState,StatusText", _UNIT]
    ended = host.run(["systemctl", "show", *asked])
    if ended.exit_code != 0:
        return Check("unit", Grade.SKIPPED, "systemd does not run here")
    lines = (line.partition("=") for line in ended.stdout.decode(errors="replace").splitlines())
    facts = {name: printable(value) for name, _, value in lines}
    if facts.get("LoadState") != "loaded":
        return Check("unit", Grade.SKIPPED, f"{_UNIT} is not installed")
    return _unit(facts)


def _unit(facts: Mapping[str, str]) -> Check:
    state = f"{facts.get('ActiveState')} ({facts.get('SubState')}), {facts.get('UnitFileState') or 'not enabled'}"
    match facts.get("ActiveState"):
        case "active" | "reloading":
            return Check("unit", Grade.OK, f"{state}: {facts.get('StatusText')}".removesuffix(": "))
        case "failed":
            return Check("unit", Grade.FAIL, state, f"journalctl -u {_UNIT} -e; then: systemctl restart {_UNIT}")
    return Check("unit", Grade.WARN, state, f"systemctl enable --now {_UNIT}")


def hooks(config: Config, host: Host) -> Iterator[Check]:
    """Whether the program of every hook can be found."""
    for key in ("on_new", "on_problem", "on_recovered"):
        for number, line in enumerate(getattr(config.hooks, key), start=1):
            yield _hook(f"hooks.{key} {number}", line, host)


def _hook(subject: str, line: str, host: Host) -> Check:
    try:
        (program, *_) = shlex.split(line)
    except ValueError:
        return Check(subject, Grade.FAIL, "cannot be split into words", "mind the quotes, as in a shell")
    found = shutil.which(program, path=host.environ.get("PATH"))
    if found is None:
        return Check(subject, Grade.FAIL, f"{printable(program)} is no program here", "give its full path")
    return Check(subject, Grade.OK, printable(found))


def publishing(config: Config, host: Host) -> Iterator[Check]:
    """Whether the root is a checkout that commits can be made in, where they are asked for."""
    if not config.publish.git:
        return
    try:
        yield _checkout(config, host)
    except OSError:
        yield Check("publish", Grade.SKIPPED, "there is no root yet")
    except GitTrouble as trouble:
        yield Check("publish", Grade.FAIL, str(trouble), "git init there, or: publish.git = false")


def _checkout(config: Config, host: Host) -> Check:
    root = config.archive.root
    if (owner := root.stat().st_uid) != host.user:
        # Git refuses a checkout of somebody else, which says nothing about the checkout.
        return Check("publish", Grade.SKIPPED, f"only {user_name(owner)} can use the checkout")
    checkout = open_checkout(root, host.environ, lambda: False)
    branch, begun = checkout.branch(), checkout.under_way()
    if begun:
        return Check("publish", Grade.WARN, f"a merge or rebase is not finished ({begun})", "finish or abort it")
    if config.publish.push and checkout.tracked(branch) is None:
        return Check(
            "publish", Grade.FAIL, f"{branch} is pushed nowhere", "say where: git config branch.NAME.remote, .merge"
        )
    return Check("publish", Grade.OK, f"{branch} in {root}")
