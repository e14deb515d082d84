"""The digest files of an archive: where each mailing's file and each year's checksums stand, and how bytes are read and written.

It must not look into the bytes, and deletes nothing: a digest is only ever replaced, whole, by a rename.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Literal

from syncd.archive.files import atomic
from syncd.core.errors import FolderError
from syncd.core.model import FileStat

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping
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
    """A file in the folder that is no digest: what a killed run left, a link in a digest's place, or a stranger."""

    path: str
    why: Literal["temporary", "link", "unknown"]


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder `root` with one file per mailing, named by the strftime template `filename` of its listing date.

    A missing root, and whatever else the disk refuses, is a FolderError. No link below root is followed.
    """

    root: Path
    filename: str
    after: atomic.OnStep = field(default=atomic.ignore_step, repr=False)

    def path_of(self, day: date) -> str:
        """Path of the day's file relative to the root, with `/`, whether it exists or not; no locale plays a part."""
        return _DIRECTIVE.sub(lambda found: _DIRECTIVES[found[1]][1](day), self.filename)

    def full_path(self, day: date) -> Path:
        """Path of the day's file below the root."""
        return self.root / self.path_of(day)

    def read(self, day: date) -> bytes | None:
        """Bytes of the day's file; None when there is none."""
        found = self.read_with_stat(day)
        return None if found is None else found[0]

    def read_with_stat(self, day: date) -> tuple[bytes, FileStat] | None:
        """Bytes of the day's file with its stat of the moment before, so that a later edit shows; None when there is none."""
        found = self._read(self.path_of(day))
        return None if found is None else (found[0], _file_stat(found[1]))

    def stat(self, day: date) -> FileStat | None:
        """What the file system says of the day's file; None when there is none."""
        *parts, name = self.path_of(day).split("/")
        with atomic.translate_errors(self.full_path(day)), atomic.open_folders(self.root, parts) as folders:
            found = atomic.stat_file(folders[-1], name) if folders else None
        return None if found is None else _file_stat(found)

    def write(self, day: date, data: bytes) -> FileStat:
        """Let the day's file hold exactly `data`, mode 0644, and return its stat; it is on the disk by then.

        Killed at any moment it leaves the old file or the new one, and at worst a temporary file that `strays` names.
        """
        return self._write(self.path_of(day), data)

    def write_each(self, digests: Mapping[date, bytes]) -> Iterator[tuple[date, FileStat]]:
        """The same for many days, each yielded as it is written; they are on the disk when the last has been taken.

        Half the waiting for the disk: a folder is synced once for all of them.
        """
        paths = {self.path_of(day): day for day in digests}
        files = {path: digests[day] for path, day in paths.items()}
        for path, found in atomic.write_each(self.root, files, after=self.after):
            yield paths[path], _file_stat(found)

    def checksums_path(self, year: int) -> str:
        """Path of the year's checksums relative to the root: in the year's own folder where the template makes one."""
        return f"{year:04}/{_CHECKSUMS}" if self.filename.startswith(_YEARLY) else f"{_CHECKSUMS}.{year:04}"

    def name_in_checksums(self, day: date) -> str:
        """How the year's checksums name the day's file: relative to the folder that they stand in themselves."""
        path = self.path_of(day)
        return path.partition("/")[2] if self.filename.startswith(_YEARLY) else path

    def read_checksums(self, year: int) -> bytes | None:
        """Bytes of the year's checksums; None when there are none."""
        found = self._read(self.checksums_path(year))
        return None if found is None else found[0]

    def write_checksums(self, year: int, data: bytes) -> None:
        """Let the year's checksums be exactly `data`, as `write` does with a digest."""
        self._write(self.checksums_path(year), data)

    def holds_checksums(self, path: str) -> bool:
        """Whether a path relative to the root is where some year's checksums stand."""
        pattern = f"[0-9]{{4}}/{_CHECKSUMS}" if self.filename.startswith(_YEARLY) else f"{_CHECKSUMS}[.][0-9]{{4}}"
        return re.fullmatch(pattern, path) is not None

    def days(self) -> Iterator[tuple[date, str]]:
        """Listing date and relative path of every digest file, by date; a file counts by its name alone."""
        found = ((self._day_of(path), path) for path, entry in self._files() if entry.is_file(follow_symlinks=False))
        yield from sorted((day, path) for day, path in found if day is not None)

    def strays(self) -> Iterator[Stray]:
        """Every other file, by path; hidden ones are syncd's own or another tool's and left out, but for unfinished ones."""
        for path, entry in self._files():
            if atomic.TEMPORARY.fullmatch(entry.name):
                yield Stray(path, "temporary")
            elif entry.is_symlink() and self._day_of(path):
                yield Stray(path, "link")
            elif entry.is_file(follow_symlinks=False) and self.holds_checksums(path):
                continue
            elif not entry.name.startswith(".") and self._day_of(path) is None:
                yield Stray(path, "unknown")

    def _files(self) -> Iterator[tuple[str, os.DirEntry[str]]]:
        with atomic.translate_errors(self.root):
            yield from atomic.walk(self.root)

    def _read(self, path: str) -> tuple[bytes, os.stat_result] | None:
        *parts, name = path.split("/")
        with atomic.translate_errors(self.root / path), atomic.open_folders(self.root, parts) as folders:
            return atomic.read_file(folders[-1], name) if folders else None

    def _write(self, path: str, data: bytes) -> FileStat:
        *parts, name = path.split("/")
        with (
            atomic.translate_errors(self.root / path),
            atomic.open_folders(self.root, parts, create=True, after=self.after) as folders,
        ):
            atomic.write_file(folders or (), name, data, after=self.after)
            written = atomic.stat_file((folders or ())[-1], name)
        if written is None:
            raise FolderError("vanished while it was written", path=str(self.root / path))
        return _file_stat(written)

    def _day_of(self, path: str) -> date | None:
        found = _pattern(self.filename).fullmatch(path)
        try:
            day = None if found is None else _day(found.groupdict())
        except ValueError:
            return None
        return day if day is not None and self.path_of(day) == path else None


@cache
def _pattern(filename: str) -> re.Pattern[str]:
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


def _day(values: Mapping[str, str]) -> date:
    number = {directive: int(value) for directive, value in values.items()}
    if {"G", "V", "u"} <= number.keys():
        return date.fromisocalendar(number["G"], number["V"], number["u"])
    # arXiv began in 1991: two digits name one year only.
    year = number["Y"] if "Y" in number else (1900 if number["y"] >= 91 else 2000) + number["y"]
    if "j" in number:
        return date.fromordinal(date(year, 1, 1).toordinal() + number["j"] - 1)
    return date(year, number["m"], number["d"])


def _file_stat(found: os.stat_result) -> FileStat:
    return FileStat(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
