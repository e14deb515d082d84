"""A git checkout as far as publishing needs it: what it holds, commits made beside its branch, the branch moved on.

It must not change a working file, hold another's lock, run a hook of the repository, sign, ask for a password on a terminal,
or move anything but by a fast-forward.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from syncd.core.printable import printable
from syncd.usecases.process import Ended, Limits, environment, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

IDENTITY = "syncd <syncd@localhost>"
"""Author and committer: the same on every host, or the same mailing would be another commit."""

_SETTINGS = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.quotePath=false", "gc.auto=0",
    "commit.gpgSign=false", "push.gpgSign=false", "push.followTags=false", "push.recurseSubmodules=no",
)  # fmt: skip
_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "sequencer")
_NOT_PASSED = ("GIT_", "LC_", "LANG")
"""Variables that could lead git elsewhere, or make it speak another language than this module reads."""

_SCRATCH = "refs/syncd/publish"
_LOCAL, _NETWORK = timedelta(minutes=1), timedelta(minutes=2)
_MOST = 1 << 24


class GitTrouble(Exception):
    """What git refused, in words for a person; it never leaves the use cases."""


class Rejected(GitTrouble):
    """The remote has commits that the pushed branch lacks."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file as it is to be committed: `path` is relative to the checkout's folder."""

    day: date
    path: str
    data: bytes
    message: str


@dataclass(frozen=True, slots=True)
class Tracked:
    """Where a branch is pushed to: a remote, a ref there, and the ref here that remembers it."""

    remote: str
    ref: str
    memory: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """The working tree that `folder` is, or lies in, at `prefix` (empty, or a path with a slash at its end).

    `form` is the hash that names its objects.
    """

    folder: Path
    prefix: str
    form: str
    environ: Mapping[str, str]
    ending: Callable[[], bool]

    def branch(self) -> str:
        """The full name of the branch that is checked out, born or not."""
        found = self._git("symbolic-ref", "-q", "HEAD", good=(0, 1))
        if found.exit_code:
            raise GitTrouble(f"{self.folder}: no branch is checked out; choose one: git switch")
        return _line(found)

    def commit_of(self, name: str) -> str | None:
        """The id of the commit that a ref names; None where it names none."""
        found = self._git("rev-parse", "-q", "--verify", f"{name}^{{commit}}", good=(0, 1))
        return _line(found) if found.exit_code == 0 else None

    def under_way(self) -> str | None:
        """What a person has begun here and not ended, if anything."""
        return next((name for name, path in self._paths(_UNDER_WAY) if path.exists()), None)

    def index_lock(self) -> Path | None:
        """The lock of the index, where somebody holds it or was killed holding it."""
        ((_, path),) = self._paths(("index.lock",))
        return path if path.exists() else None

    def exclude(self, patterns: Sequence[str]) -> None:
        """Let git overlook these patterns, in the file that belongs to this clone alone; idempotent."""
        ((_, path),) = self._paths(("info/exclude",))
        try:
            text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
            missing = [pattern for pattern in patterns if pattern not in text.splitlines()]
            if missing:
                path.parent.mkdir(exist_ok=True)
                with path.open("a", encoding="utf-8") as file:
                    file.write(("\n" if text and not text.endswith("\n") else "") + "\n".join(missing) + "\n")
        except OSError as error:
            raise GitTrouble(f"{path}: {error.strerror}") from error

    def changed(self) -> list[str]:
        """Tracked files that differ from the last commit in the index or the folder; paths from the checkout's top."""
        found = self._git(
            "status", "--porcelain", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=dirty"
        )
        return [entry[3:] for entry in _entries(found.stdout)]

    def untracked(self) -> list[str]:
        """Files below the folder that are neither tracked nor ignored; paths relative to it."""
        return _entries(self._git("ls-files", "-z", "--others", "--exclude-standard").stdout)

    def ignored(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths that a person told git to ignore."""
        return set(_entries(self._git("check-ignore", "-z", "--stdin", stdin=_nul(paths), good=(0, 1)).stdout))

    def list_blobs(self, commit: str | None) -> dict[str, str]:
        """The files of a commit below the folder, `mode id` by relative path."""
        if commit is None:
            return {}
        entries = (entry.partition("\t") for entry in _entries(self._git("ls-tree", "-r", "-z", commit).stdout))
        return {path: " ".join(head.split()[::2]) for head, _, path in entries}

    def name_blob(self, data: bytes) -> str:
        """What `blobs` says of a plain file with these bytes."""
        named = hashlib.new(self.form, b"blob %d\0" % len(data) + data, usedforsecurity=False)
        return f"100644 {named.hexdigest()}"

    def commit(self, parent: str | None, contents: Sequence[Content]) -> str:
        """One commit a content on top of `parent`, beside every branch; the id of the last one.

        Author, committer and both dates (noon UTC of the listing date) follow from the content: the same parent and contents
        give the same ids everywhere.
        """
        self._git("update-ref", "-d", _SCRATCH)
        stream = b"".join(self._instructions(parent, contents))
        self._git("fast-import", "--quiet", "--done", stdin=stream)
        made = self.commit_of(_SCRATCH)
        self._git("update-ref", "-d", _SCRATCH)
        if made is None:
            raise GitTrouble(f"{self.folder}: git made no commit")
        return made

    def line(self, old: str | None, new: str) -> list[str]:
        """The ids of the commits after `old` up to `new`, oldest first."""
        excluded = [f"^{old}"] if old else []
        return self._git("rev-list", "--reverse", new, *excluded).stdout.decode().split()

    def descends(self, new: str, old: str) -> bool:
        """Whether `new` is `old` or comes after it."""
        return self._git("merge-base", "--is-ancestor", old, new, good=(0, 1)).exit_code == 0

    def move(self, branch: str, old: str | None, new: str) -> None:
        """Let the branch name `new`, provided that it still names `old`."""
        self._git("update-ref", "-m", "syncd: publish", branch, new, old or "0" * len(new))

    def refresh(self, paths: Iterable[str]) -> None:
        """Let the index hold these paths as the last commit does; the files themselves are not touched."""
        literal = _nul(f":(top,literal){self.prefix}{path}" for path in paths)
        self._git("reset", "-q", "--pathspec-from-file=-", "--pathspec-file-nul", stdin=literal)

    def tracked(self, branch: str) -> Tracked | None:
        """Where the branch is pushed to; None where nobody has said."""
        form = "%(upstream:remotename)%00%(upstream:remoteref)%00%(upstream)"
        found = self._git("for-each-ref", f"--format={form}", branch).stdout.decode().strip("\n").split("\0")
        return Tracked(*found) if len(found) == 3 and all(found) else None

    def push(self, branch: str, to: Tracked) -> None:
        """Bring the branch to its remote by a fast-forward; Rejected where the remote has gone another way."""
        arguments = ("push", "--porcelain", "--no-verify", to.remote, f"{branch}:{to.ref}")
        ended = self._git(*arguments, good=(0, 1), timeout=_NETWORK)
        if ended.exit_code:
            said = ended.stdout.decode(errors="replace")
            kind = Rejected if "(non-fast-forward)" in said or "(fetch first)" in said else GitTrouble
            raise kind(_words(ended))

    def fetch(self, remote: str) -> None:
        """Learn what the remote has; nothing of this checkout's own moves."""
        self._git(
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            remote,
            timeout=_NETWORK,
        )

    def _paths(self, names: Sequence[str]) -> Iterator[tuple[str, Path]]:
        asked = [argument for name in names for argument in ("--git-path", name)]
        found = os.fsdecode(self._git("rev-parse", *asked).stdout).splitlines()
        return ((name, self.folder / path) for name, path in zip(names, found, strict=True))

    def _instructions(self, parent: str | None, contents: Sequence[Content]) -> Iterator[bytes]:
        """What fast-import is told, one commit a content."""
        for content in contents:
            noon = int(datetime(content.day.year, content.day.month, content.day.day, 12, tzinfo=UTC).timestamp())
            message = f"{content.message}\n".encode()
            yield f"commit {_SCRATCH}\n".encode()
            yield b"".join(f"{who} {IDENTITY} {noon} +0000\n".encode() for who in ("author", "committer"))
            yield b"data %d\n%b\n" % (len(message), message)
            if parent and content is contents[0]:
                yield f"from {parent}\n".encode()
            yield b"M 100644 inline %b\n" % _quoted(self.prefix + content.path)
            yield b"data %d\n%b\n" % (len(content.data), content.data)
        yield b"done\n"

    def _git(
        self, *arguments: str, stdin: bytes = b"", good: tuple[int, ...] = (0,), timeout: timedelta = _LOCAL
    ) -> Ended:
        limits = Limits(timeout, _MOST, self.ending)
        return _git(arguments, self.folder, self.environ, limits, stdin=stdin, good=good)


def open_checkout(folder: Path, environ: Mapping[str, str], ending: Callable[[], bool]) -> Checkout:
    """The checkout around `folder`; GitTrouble where there is none."""
    own = {name: value for name, value in environment(environ).items() if not name.startswith(_NOT_PASSED)}
    own |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    question = ("rev-parse", "--show-toplevel", "--show-prefix", "--show-object-format")
    found = _git(question, folder, own, Limits(_LOCAL, _MOST, ending))
    _, prefix, form = os.fsdecode(found.stdout).splitlines()
    return Checkout(folder, prefix, form, own, ending)


def _git(
    arguments: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    limits: Limits,
    *,
    stdin: bytes = b"",
    good: tuple[int, ...] = (0,),
) -> Ended:
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    command = ["git", "--no-optional-locks", *settings, *arguments]
    ended = run(command, stdin, environ, limits, folder=folder)
    if ended.exit_code not in good:
        raise GitTrouble(f"{folder}: git {arguments[0]}: {_words(ended)}")
    return ended


def _quoted(path: str) -> bytes:
    """A path as fast-import reads it whatever is in it."""
    return b'"%b"' % os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")


def _nul(paths: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def _entries(data: bytes) -> list[str]:
    return [entry for entry in os.fsdecode(data).split("\0") if entry]


def _line(ended: Ended) -> str:
    return os.fsdecode(ended.stdout).removesuffix("\n")


def _words(ended: Ended) -> str:
    """What git said was wrong, in one line."""
    lines = [printable(line) for line in ended.stderr.decode(errors="replace").splitlines() if line.strip()]
    wrong = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "ERROR:"))]
    return ended.trouble or "; ".join((wrong or lines)[:3]) or f"exited with {ended.exit_code}"
