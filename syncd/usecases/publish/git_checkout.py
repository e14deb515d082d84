"""Use a git checkout as far as publishing needs it: read what it holds, make commits beside its branch, move the branch on.

This module must not change a working file, hold another's lock, run a hook of the repository, sign, ask for a password on a
terminal, or move anything but by a fast-forward.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from syncd.core.printable import printable
from syncd.core.values import dataclass
from syncd.usecases.process import Ended, Limits, environment, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

IDENTITY = "syncd <syncd@localhost>"
"""Author and committer. They are the same on every host: otherwise the same mailing would be another commit there."""

_SETTINGS = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.quotePath=false", "gc.auto=0",
    "commit.gpgSign=false", "push.gpgSign=false", "push.followTags=false", "push.recurseSubmodules=no",
)  # fmt: skip
"""Settings for every git that is started: no hook, helper or signature of a person's, and never a `git gc` in the background."""
_UNFINISHED = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "sequencer")
_INDEX_LOCK, _EXCLUDE = "index.lock", "info/exclude"
_NOT_PASSED = ("GIT_", "LC_", "LANG")
"""Prefixes of variables that could lead git to another repository, or make it speak a language that this module cannot read."""

_SCRATCH = "refs/syncd/publish"
_LOCAL, _NETWORK = timedelta(minutes=1), timedelta(minutes=2)
_MOST = 1 << 24
"""Bytes that one git may print: a list that was cut off would make files look as if no commit held them."""


class GitError(Exception):
    """What git refused, in words for a person. It never leaves the use cases."""


class PushRejected(GitError):
    """The remote has commits that the pushed branch lacks."""


@dataclass(frozen=True, slots=True)
class CommitContent:
    """A file as it is to be committed. `path` is relative to the checkout's folder. `beside` are other files of the commit."""

    day: date
    path: str
    data: bytes
    message: str
    beside: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PushTarget:
    """Where a branch is pushed to: a remote, a ref there, and the ref here that tracks it."""

    remote: str
    ref: str
    tracking_ref: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """The working tree that `folder` is, or lies in, at `prefix` (empty, or a path with a slash at its end).

    `hash_name` is the algorithm that names its objects (sha1 or sha256). `should_stop` ends a running git. `paths` are those of
    the repository's own files that are looked at.
    """

    folder: Path
    prefix: str
    hash_name: str
    environ: Mapping[str, str]
    should_stop: Callable[[], bool]
    paths: Mapping[str, Path] = field(default_factory=dict)

    def read_branch(self) -> str:
        """Return the full name of the branch that is checked out, even when it has no commit yet."""
        found = self._git("symbolic-ref", "-q", "HEAD", good=(0, 1))
        if found.exit_code:
            raise GitError(f"{self.folder}: no branch is checked out; choose one: git switch")
        return _read_line(found)

    def find_commit(self, name: str) -> str | None:
        """Return the id of the commit that a ref names, None where it names none."""
        found = self._git("rev-parse", "-q", "--verify", f"{name}^{{commit}}", good=(0, 1))
        return _read_line(found) if found.exit_code == 0 else None

    def find_unfinished(self) -> str | None:
        """Return what a person has begun here and not finished (a merge, a rebase …), None without anything."""
        return next((name for name in _UNFINISHED if self.paths[name].exists()), None)

    def find_index_lock(self) -> Path | None:
        """Return the lock of the index, where a git holds it or was killed holding it."""
        path = self.paths[_INDEX_LOCK]
        return path if path.exists() else None

    def exclude(self, patterns: Sequence[str]) -> None:
        """Let git ignore these patterns, in the file that belongs to this clone alone. Idempotent."""
        path = self.paths[_EXCLUDE]
        try:
            text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
            missing = [pattern for pattern in patterns if pattern not in text.splitlines()]
            if missing:
                path.parent.mkdir(exist_ok=True)
                with path.open("a", encoding="utf-8") as file:
                    file.write(("\n" if text and not text.endswith("\n") else "") + "\n".join(missing) + "\n")
        except OSError as error:
            raise GitError(f"{path}: {error.strerror}") from error

    def list_changed(self) -> list[str]:
        """Return the tracked files that differ from the last commit in index or folder, by paths from the checkout's top."""
        found = self._git(
            "status", "--porcelain", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=dirty"
        )
        return [entry[3:] for entry in _split_at_nul(found.stdout)]

    def list_untracked(self) -> list[str]:
        """Return the files below the folder that are neither tracked nor ignored, by paths relative to it."""
        return _split_at_nul(self._git("ls-files", "-z", "--others", "--exclude-standard").stdout)

    def list_ignored(self, paths: Iterable[str]) -> set[str]:
        """Return those of the paths that a person configured git to ignore."""
        return set(
            _split_at_nul(self._git("check-ignore", "-z", "--stdin", stdin=_join_with_nul(paths), good=(0, 1)).stdout)
        )

    def list_blobs(self, commit: str | None) -> dict[str, str]:
        """Return the files of a commit below the folder, as `mode id` by relative path."""
        if commit is None:
            return {}
        entries = (entry.partition("\t") for entry in _split_at_nul(self._git("ls-tree", "-r", "-z", commit).stdout))
        return {path: " ".join(head.split()[::2]) for head, _, path in entries}

    def name_blob(self, data: bytes) -> str:
        """Return what `list_blobs` has for a plain file with these bytes."""
        named = hashlib.new(self.hash_name, b"blob %d\0" % len(data) + data, usedforsecurity=False)
        return f"100644 {named.hexdigest()}"

    def make_commits(self, parent: str | None, contents: Sequence[CommitContent]) -> list[str]:
        """Make one commit a content on top of `parent`, beside every branch. Return their ids, oldest first.

        Author, committer and both dates (noon UTC of the listing date) follow from the content: the same parent and contents
        give the same ids everywhere.
        """
        # Neither index nor working tree takes part, so a person at work in the checkout is not disturbed.
        stream = b"".join(self._render_instructions(parent, contents))
        # A ref that is there already is no reason to refuse other commits: it goes with the last instruction.
        made = self._git("fast-import", "--quiet", "--done", "--force", stdin=stream).stdout.decode().split()
        if len(made) != len(contents):
            raise GitError(f"{self.folder}: git made {len(made)} of {len(contents)} commits")
        return made

    def is_descendant(self, new: str, old: str) -> bool:
        """Return whether `new` is `old` or comes after it."""
        return self._git("merge-base", "--is-ancestor", old, new, good=(0, 1)).exit_code == 0

    def move_branch(self, branch: str, old: str | None, new: str) -> None:
        """Let the branch name `new`, provided that it still names `old`."""
        self._git("update-ref", "-m", "syncd: publish", branch, new, old or "0" * len(new))

    def refresh_index(self, paths: Iterable[str]) -> None:
        """Let the index hold these paths as the last commit does. The files themselves are not touched."""
        # A file name may hold characters of a pattern, such as brackets.
        literal = _join_with_nul(f":(top,literal){self.prefix}{path}" for path in paths)
        self._git("reset", "-q", "--pathspec-from-file=-", "--pathspec-file-nul", stdin=literal)

    def find_push_target(self, branch: str) -> PushTarget | None:
        """Return where the branch is pushed to, None where it has no upstream."""
        form = "%(upstream:remotename)%00%(upstream:remoteref)%00%(upstream)"
        found = self._git("for-each-ref", f"--format={form}", branch).stdout.decode().strip("\n").split("\0")
        return PushTarget(*found) if len(found) == 3 and all(found) else None

    def push(self, branch: str, target: PushTarget) -> None:
        """Push the branch to its remote by a fast-forward. PushRejected where the remote has other commits."""
        arguments = ("push", "--porcelain", "--no-verify", target.remote, f"{branch}:{target.ref}")
        ended = self._git(*arguments, good=(0, 1), timeout=_NETWORK)
        if ended.exit_code:
            said = ended.stdout.decode(errors="replace")
            kind = PushRejected if "(non-fast-forward)" in said or "(fetch first)" in said else GitError
            raise kind(_describe_failure(ended))

    def fetch(self, remote: str) -> None:
        """Fetch what the remote has. No branch of this checkout moves."""
        self._git(
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            remote,
            timeout=_NETWORK,
        )

    def _render_instructions(self, parent: str | None, contents: Sequence[CommitContent]) -> Iterator[bytes]:
        """Yield the instructions for fast-import, one commit a content. It prints their ids, and leaves no ref."""
        for mark, content in enumerate(contents, 1):
            noon = int(datetime(content.day.year, content.day.month, content.day.day, 12, tzinfo=UTC).timestamp())
            message = f"{content.message}\n".encode()
            yield f"commit {_SCRATCH}\nmark :{mark}\n".encode()
            yield b"".join(f"{who} {IDENTITY} {noon} +0000\n".encode() for who in ("author", "committer"))
            yield b"data %d\n%b\n" % (len(message), message)
            if parent and content is contents[0]:
                yield f"from {parent}\n".encode()
            for path, data in ((content.path, content.data), *sorted(content.beside.items())):
                yield b"M 100644 inline %b\n" % _quote(self.prefix + path)
                yield b"data %d\n%b\n" % (len(data), data)
            yield b"get-mark :%d\n" % mark
        no_commit = "0" * hashlib.new(self.hash_name, usedforsecurity=False).digest_size * 2
        yield f"reset {_SCRATCH}\nfrom {no_commit}\n\ndone\n".encode()

    def _git(
        self, *arguments: str, stdin: bytes = b"", good: tuple[int, ...] = (0,), timeout: timedelta = _LOCAL
    ) -> Ended:
        limits = Limits(timeout, _MOST + 1, self.should_stop)
        return _git(arguments, self.folder, self.environ, limits, stdin=stdin, good=good)


def open_checkout(folder: Path, environ: Mapping[str, str], should_stop: Callable[[], bool]) -> Checkout:
    """Return the checkout around `folder`. GitError where there is none."""
    own = {name: value for name, value in environment(environ).items() if not name.startswith(_NOT_PASSED)}
    own |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    names = (*_UNFINISHED, _INDEX_LOCK, _EXCLUDE)
    asked = (argument for name in names for argument in ("--git-path", name))
    question = ("rev-parse", "--show-toplevel", "--show-prefix", "--show-object-format", *asked)
    found = _git(question, folder, own, Limits(_LOCAL, _MOST + 1, should_stop))
    _, prefix, hash_name, *paths = os.fsdecode(found.stdout).splitlines()
    own_files = {name: folder / path for name, path in zip(names, paths, strict=True)}
    return Checkout(folder, prefix, hash_name, own, should_stop, own_files)


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
    # Without optional locks, a mere look does not hold up a person's git.
    command = ["git", "--no-optional-locks", *settings, *arguments]
    ended = run(command, stdin, environ, limits, folder=folder)
    if len(ended.stdout) > _MOST:
        raise GitError(f"{folder}: git {arguments[0]}: printed more than {_MOST >> 20} MiB")
    if ended.exit_code not in good:
        raise GitError(f"{folder}: git {arguments[0]}: {_describe_failure(ended)}")
    return ended


def _quote(path: str) -> bytes:
    """Return a path as fast-import reads it, whatever characters it has."""
    return b'"%b"' % os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")


def _join_with_nul(paths: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def _split_at_nul(data: bytes) -> list[str]:
    return [entry for entry in os.fsdecode(data).split("\0") if entry]


def _read_line(ended: Ended) -> str:
    return os.fsdecode(ended.stdout).removesuffix("\n")


def _describe_failure(ended: Ended) -> str:
    """Return in one line what went wrong, in git's own words as far as there are any."""
    lines = [printable(line) for line in ended.stderr.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "ERROR:"))]
    return ended.trouble or "; ".join((errors or lines)[:3]) or f"exited with {ended.exit_code}"
