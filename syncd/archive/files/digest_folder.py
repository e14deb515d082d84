"""The digest files of an archive: the path of each mailing's file and each year's checksums, and how they are read and written.

It must not look into the bytes, and it deletes nothing: a digest is only ever replaced, whole, by a rename.
"""

from __future__ import annotations

import re
from dataclasses import field
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

from syncd.archive.files import atomic, folder_tree, temporary_file
from syncd.core.errors import FolderError
from syncd.core.model import FileStat
from syncd.core.values import dataclass

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

_DIRECTIVES: Mapping[str, tuple[str, Callable[[date], str]]] = {
    "Y": ("[0-9]{4}", lambda day: f"{day.year:04}"),
    "y": ("[0-9]{2}", lambda day: f"{day.year % 100:02}"),
    "m": ("[0-9]{2}", lambda day: f"{day.month:02}"),
    "d": ("[0-9]{2}", lambda day: f"{day.day:02}"),
    "j": ("[0-9]{3}", lambda day: f"{day.timetuple().tm_yday:03}"),
    "G": ("[0-9]{4}", lambda day: f"{day.isocalendar().year:04}"),
    "V": ("[0-9]{2}", lambda day: f"{day.isocalendar().week:02}"),
    "u": ("[1-7]", lambda day: str(day.isoweekday())),
    "%": ("%", lambda _: "%"),
}
_DIRECTIVE = re.compile("%(.)", re.DOTALL)
_CHECKSUMS = "SHA256SUMS"
_YEARLY = "%Y/"


@dataclass(frozen=True, slots=True)
class Stray:
    """A file in the folder that is no digest: left by a killed run, a link with the name of a digest, or unknown."""

    path: str
    why: Literal["temporary", "link", "unknown"]


@dataclass(frozen=True, slots=True)
class Survey:
    """What a folder holds: the stat of each digest file, days ascending, and every other file, by path."""

    digests: Mapping[date, FileStat]
    strays: tuple[Stray, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder `root` with one file per mailing, named by the strftime template `filename` of its listing date.

    A missing root is a FolderError, and so is anything else the disk refuses. No link below root is followed.
    """

    root: Path
    filename: str
    on_step: folder_tree.OnStep = field(default=folder_tree.ignore_step, repr=False)
    has_index: bool = False

    def path_of(self, day: date) -> str:
        """Return the path of the day's file relative to the root, with `/`, whether it exists or not. No locale changes it."""
        return _format_path(self.filename, day)

    def full_path(self, day: date) -> Path:
        """Return the path of the day's file, root included."""
        return self.root / self.path_of(day)

    def read(self, day: date) -> bytes | None:
        """Return the bytes of the day's file. None when there is none."""
        found = self.read_with_stat(day)
        return None if found is None else found[0]

    def read_with_stat(self, day: date) -> tuple[bytes, FileStat] | None:
        """Return the bytes of the day's file and its stat from before they were read. None when there is none.

        An edit made while it is read so shows as a changed stat later.
        """
        found = folder_tree.read_path(self.root, self.path_of(day))
        return None if found is None else (found[0], _to_file_stat(found[1]))

    def stat(self, day: date) -> FileStat | None:
        """Return the stat of the day's file. None when there is none."""
        *parts, name = self.path_of(day).split("/")
        with folder_tree.translate_errors(self.full_path(day)), folder_tree.open_folders(self.root, parts) as folders:
            found = folder_tree.stat_file(folders[-1], name) if folders else None
        return None if found is None else _to_file_stat(found)

    def write(self, day: date, data: bytes) -> FileStat:
        """Let the day's file hold exactly `data`, mode 0644, and return its stat. It is on the disk by then.

        Killed at any moment it leaves the old file or the new one, and at worst a temporary file that `strays` names.
        """
        return self._write(self.path_of(day), data)

    def write_each(self, digests: Mapping[date, bytes]) -> Iterator[tuple[date, FileStat]]:
        """Write the files of many days, and yield each day and stat as it is written.

        They are on the disk when the last one has been taken. Each folder is synced once for all of them, which halves
        the waiting for the disk.
        """
        paths = {self.path_of(day): day for day in digests}
        files = {path: digests[day] for path, day in paths.items()}
        for path, found in atomic.write_each(self.root, files, on_step=self.on_step):
            yield paths[path], _to_file_stat(found)

    def checksums_path(self, year: int) -> str:
        """Return the path of the year's checksums relative to the root: in the year's folder where the template has one."""
        return f"{year:04}/{_CHECKSUMS}" if self.filename.startswith(_YEARLY) else f"{_CHECKSUMS}.{year:04}"

    def name_in_checksums(self, day: date) -> str:
        """Return the path of the day's file as the year's checksums name it: relative to the folder they are in."""
        path = self.path_of(day)
        return path.partition("/")[2] if self.filename.startswith(_YEARLY) else path

    def read_checksums(self, year: int) -> bytes | None:
        """Return the bytes of the year's checksums. None when there are none."""
        found = folder_tree.read_path(self.root, self.checksums_path(year))
        return None if found is None else found[0]

    def write_checksums(self, year: int, data: bytes) -> None:
        """Let the year's checksums be exactly `data`, in the way `write` does it for a digest."""
        self._write(self.checksums_path(year), data)

    def holds_checksums(self, path: str) -> bool:
        """Return whether a path relative to the root is that of some year's checksums."""
        pattern = f"[0-9]{{4}}/{_CHECKSUMS}" if self.filename.startswith(_YEARLY) else f"{_CHECKSUMS}[.][0-9]{{4}}"
        return re.fullmatch(pattern, path) is not None

    def index_path(self, year: int) -> str:
        """Return the path of the year's README relative to the root: in the year's folder where the template has one."""
        return f"{year:04}/README.md" if self.filename.startswith(_YEARLY) else f"README.{year:04}.md"

    def read_beside(self, path: str) -> bytes | None:
        """Return the bytes of a file that is no digest, by its path relative to the root. None when there is none."""
        found = folder_tree.read_path(self.root, path)
        return None if found is None else found[0]

    def write_beside(self, path: str, data: bytes) -> None:
        """Let a file that is no digest be exactly `data`, in the way `write` does it for a digest."""
        self._write(path, data)

    def holds_index(self, path: str) -> bool:
        """Return whether a path relative to the root is that of a page that publishing keeps beside the digests."""
        yearly = "[0-9]{4}/README[.]md" if self.filename.startswith(_YEARLY) else "README[.][0-9]{4}[.]md"
        return self.has_index and re.fullmatch(rf"README[.]md|feed[.]atom|{yearly}", path) is not None

    def survey(self, expected: Iterable[date] = ()) -> Survey:
        """Return the stat of every digest file, and every other file, from one listing of each folder.

        To name the files of the dates that are `expected` is cheaper than to read the dates in their names.
        """
        known = {self.path_of(day): day for day in expected}
        digests: dict[date, FileStat] = {}
        strays = []
        with folder_tree.translate_errors(self.root):
            for path, entry in folder_tree.walk(self.root):
                day = known.get(path) or self._day_of(path)
                if day is not None and entry.is_file(follow_symlinks=False):
                    try:
                        digests[day] = _to_file_stat(entry.stat(follow_symlinks=False))
                    except FileNotFoundError:
                        continue  # replaced at this moment
                elif stray := self._find_stray(path, entry, day):
                    strays.append(stray)
        return Survey(dict(sorted(digests.items())), tuple(strays))

    def days(self, expected: Iterable[date] = ()) -> Iterator[tuple[date, str]]:
        """Yield listing date and relative path of every digest file, by date. A file counts by its name alone.

        `expected` as in `survey`.
        """
        known = {self.path_of(day): day for day in expected}
        files = (path for path, entry in self._files() if entry.is_file(follow_symlinks=False))
        found = ((known.get(path) or self._day_of(path), path) for path in files)
        yield from sorted((day, path) for day, path in found if day is not None)

    def strays(self) -> Iterator[Stray]:
        """Yield every other file, by path.

        Hidden files are syncd's own or those of another tool. They are left out, except unfinished ones.
        """
        for path, entry in self._files():
            if stray := self._find_stray(path, entry, self._day_of(path)):
                yield stray

    def _find_stray(self, path: str, entry: os.DirEntry[str], day: date | None) -> Stray | None:
        """Return what a file is that is no digest. `day` is the date that its path names."""
        if temporary_file.TEMPORARY.fullmatch(entry.name):
            return Stray(path, "temporary")
        if day is not None:
            return Stray(path, "link") if entry.is_symlink() else None
        is_own = self.holds_checksums(path) or self.holds_index(path)
        if entry.name.startswith(".") or (entry.is_file(follow_symlinks=False) and is_own):
            return None
        return Stray(path, "unknown")

    def _files(self) -> Iterator[tuple[str, os.DirEntry[str]]]:
        with folder_tree.translate_errors(self.root):
            yield from folder_tree.walk(self.root)

    def _write(self, path: str, data: bytes) -> FileStat:
        *parts, name = path.split("/")
        with (
            folder_tree.translate_errors(self.root / path),
            folder_tree.open_folders(self.root, parts, create=True, on_step=self.on_step) as folders,
        ):
            atomic.write_file(folders or (), name, data, on_step=self.on_step)
            written = folder_tree.stat_file((folders or ())[-1], name)
        if written is None:
            raise FolderError("vanished while it was written", path=str(self.root / path))
        return _to_file_stat(written)

    def _day_of(self, path: str) -> date | None:
        found = _compile_pattern(self.filename).fullmatch(path)
        try:
            day = None if found is None else _parse_day(found.groupdict())
        except ValueError:
            return None
        return day if day is not None and self.path_of(day) == path else None


@lru_cache(maxsize=4096)  # one command asks for the path of a date up to six times
def _format_path(filename: str, day: date) -> str:
    return "".join([piece if isinstance(piece, str) else piece(day) for piece in _split_template(filename)])


@cache
def _split_template(filename: str) -> tuple[str | Callable[[date], str], ...]:
    """Return the pieces of a path: texts, and what makes a text of a date."""
    pieces = _DIRECTIVE.split(filename)
    return tuple(_DIRECTIVES[piece][1] if at % 2 else piece for at, piece in enumerate(pieces) if piece)


@cache
def _compile_pattern(filename: str) -> re.Pattern[str]:
    # A directive that comes twice is a group once. `path_of` then proves that both were equal.
    seen: set[str] = set()
    parts = []
    for literal, directive in re.findall(r"([^%]*)(?:%(.))?", filename):
        parts.append(re.escape(literal))
        if directive == "%" or directive in seen:
            parts.append(_DIRECTIVES[directive][0])
        elif directive:
            parts.append(f"(?P<{directive}>{_DIRECTIVES[directive][0]})")
            seen.add(directive)
    return re.compile("".join(parts), re.DOTALL)


def _parse_day(values: Mapping[str, str]) -> date:
    number = {directive: int(value) for directive, value in values.items()}
    if {"G", "V", "u"} <= number.keys():
        return date.fromisocalendar(number["G"], number["V"], number["u"])
    # arXiv began in 1991, so two digits name one year only.
    year = number["Y"] if "Y" in number else (1900 if number["y"] >= 91 else 2000) + number["y"]
    if "j" in number:
        return date.fromordinal(date(year, 1, 1).toordinal() + number["j"] - 1)
    return date(year, number["m"], number["d"])


def _to_file_stat(found: os.stat_result) -> FileStat:
    return FileStat(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
