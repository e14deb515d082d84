"""The folder of digests: paths, durable writes, kills, refusing disks, and files that are no digest."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import threading
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.archive.files.digest_folder import Folder, Stray
from syncd.core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = date(2021, 4, 7)
DEFAULT = "%Y/%Y-%m-%d.md"
TEMPLATES = [DEFAULT, "%Y%m%d", "%y-%j.md", "%G/W%V/%u.md", "100%%/%Y/%m/%d/x.y+(z).md", "%d.%m.%Y/%j"]


class Killed(BaseException):
    """The process ends here; nothing that follows may run."""


def steps_of_a_write(root: Path) -> list[str]:
    steps: list[str] = []
    Folder(root, DEFAULT, steps.append).write(DAY, b"x")
    return steps


def folder_stopped_at(root: Path, step: int, error: BaseException) -> Folder:
    """Return a folder whose work ends with `error` after `step` steps."""
    done: list[str] = []

    def on_step(name: str) -> None:
        done.append(name)
        if len(done) == step:
            raise error

    return Folder(root, DEFAULT, on_step)


def content(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    root = tmp_path / "archive"
    root.mkdir()
    return Folder(root, DEFAULT)


def test_a_written_day_is_read_back_with_its_stat(folder: Folder) -> None:
    written = folder.write(DAY, b"first\n")
    assert folder.read(DAY) == b"first\n"
    assert folder.read_with_stat(DAY) == (b"first\n", written)
    assert folder.stat(DAY) == written
    assert written.size == 6
    assert content(folder.root) == {"2021/2021-04-07.md": b"first\n"}
    assert folder.full_path(DAY) == folder.root / folder.path_of(DAY)


def test_many_days_are_written_in_turn_each_with_its_stat(folder: Folder) -> None:
    days = {date(2021, 12, 31): b"old\n", date(2022, 1, 3): b"new\n"}
    stats = dict(folder.write_each(days))
    assert {day: folder.read_with_stat(day) for day in days} == {day: (data, stats[day]) for day, data in days.items()}
    assert list(folder.write_each({})) == []


def test_a_day_without_a_file_is_none(folder: Folder) -> None:
    assert (folder.read(DAY), folder.read_with_stat(DAY), folder.stat(DAY)) == (None, None, None)
    (folder.root / "2021").mkdir()
    assert (folder.read(DAY), folder.read_with_stat(DAY), folder.stat(DAY)) == (None, None, None)


def test_a_rewritten_day_is_another_file_of_mode_0644(folder: Folder) -> None:
    first = folder.write(DAY, b"first")
    folder.full_path(DAY).chmod(0o600)
    with folder.full_path(DAY).open("rb") as reader:
        second = folder.write(DAY, b"second")
        assert reader.read() == b"first"
    assert second != first
    assert stat.S_IMODE(folder.full_path(DAY).stat().st_mode) == 0o644


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_modes_do_not_depend_on_the_umask(folder: Folder, mask: int) -> None:
    old = os.umask(mask)
    try:
        folder.write(DAY, b"x")
    finally:
        os.umask(old)
    path = folder.full_path(DAY)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path.parent, path)] == [0o755, 0o644]


def test_a_write_killed_at_any_step_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    count = len(steps_of_a_write(tmp_path))
    assert count >= 6
    for step in range(1, count + 1):
        for old in (None, b"old\n"):
            root = tmp_path / f"{step}-{old is None}"
            root.mkdir()
            healthy = Folder(root, DEFAULT)
            if old is not None:
                healthy.write(DAY, old)
            with contextlib.suppress(Killed):
                folder_stopped_at(root, step, Killed()).write(DAY, b"new\n")
            assert healthy.read(DAY) in {old, b"new\n"}
            assert all(stray.why == "temporary" for stray in healthy.strays())
            assert [day for day, _ in healthy.days()] == ([DAY] if healthy.read(DAY) else [])
            healthy.write(DAY, b"new\n")
            assert healthy.read(DAY) == b"new\n"


def test_the_name_changes_only_after_the_bytes_are_on_the_disk(tmp_path: Path) -> None:
    assert steps_of_a_write(tmp_path) == [
        "folder 2021 made",
        "temporary made",
        "filled",
        "synced",
        "named",
        "folders synced",
    ]


@contextlib.contextmanager
def watched() -> Iterator[list[str]]:
    """Collect the calls that make a file durable, in their order."""
    calls: list[str] = []

    def watch(frame: object, event: str, called: object) -> None:
        name = getattr(called, "__name__", "")
        if event == "c_call" and name in {"fchmod", "fsync", "replace"}:
            calls.append(name)

    threading.setprofile(watch)
    sys.setprofile(watch)
    try:
        yield calls
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def test_file_and_folders_are_synced_around_the_rename(folder: Folder) -> None:
    (folder.root / "2021").mkdir()
    with watched() as calls:
        folder.write(DAY, b"x")
    assert calls == ["fchmod", "fsync", "replace", "fsync", "fsync"]


def test_all_of_many_files_are_synced_before_any_rename_and_the_folders_once_after_all(folder: Folder) -> None:
    (folder.root / "2021").mkdir()
    with watched() as calls:
        list(folder.write_each({DAY: b"x", date(2021, 4, 8): b"y", date(2021, 4, 9): b"z"}))
    assert calls == [*["fchmod"] * 3, *["fsync"] * 3, *["replace"] * 3, "fsync", "fsync"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
def test_a_disk_that_refuses_at_any_step_is_a_folder_error_and_leaves_nothing_unfinished(
    tmp_path: Path, code: int
) -> None:
    for step in range(1, len(steps_of_a_write(tmp_path)) + 1):
        root = tmp_path / str(step)
        root.mkdir()
        with pytest.raises(FolderError) as caught:
            folder_stopped_at(root, step, OSError(code, os.strerror(code))).write(DAY, b"new\n")
        assert caught.value.path == str(root / "2021/2021-04-07.md")
        assert caught.value.detail == os.strerror(code)
        assert list(Folder(root, DEFAULT).strays()) == []
        assert Folder(root, DEFAULT).read(DAY) in {None, b"new\n"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_a_folder_error(folder: Folder) -> None:
    folder.root.chmod(0o555)
    with pytest.raises(FolderError, match="Permission denied"):
        folder.write(DAY, b"x")


def test_a_missing_root_is_never_an_empty_one(tmp_path: Path) -> None:
    gone = Folder(tmp_path / "gone", DEFAULT)
    for work in (
        lambda: gone.read(DAY),
        lambda: gone.stat(DAY),
        lambda: gone.write(DAY, b"x"),
        lambda: list(gone.days()),
        lambda: list(gone.strays()),
    ):
        with pytest.raises(FolderError):
            work()
    assert not gone.root.exists()


def test_nothing_is_written_or_read_through_a_linked_file(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    folder.full_path(DAY).parent.mkdir()
    folder.full_path(DAY).symlink_to(outside)
    for work in (lambda: folder.write(DAY, b"x"), lambda: folder.read(DAY), lambda: folder.stat(DAY)):
        with pytest.raises(FolderError, match="symbolic link"):
            work()
    assert outside.read_bytes() == b"precious"
    assert list(folder.days()) == []
    assert list(folder.strays()) == [Stray("2021/2021-04-07.md", "link")]


def test_nothing_is_written_through_a_linked_folder(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (folder.root / "2021").symlink_to(tmp_path / "outside")
    with pytest.raises(FolderError, match="symbolic link"):
        folder.write(DAY, b"x")
    assert list((tmp_path / "outside").iterdir()) == []


def test_days_are_sorted_by_date_and_strays_are_all_other_files(folder: Folder) -> None:
    held = [date(2021, 12, 31), date(2020, 2, 29), date(2021, 1, 4)]
    for day in held:
        folder.write(day, b"x")
    for path in ("README", "2021/2021-02-30.md", "2020/2021-01-05.md", "2021/2021-1-6.md", "2021/2021-01-04.md~"):
        (folder.root / path).touch()
    for path in (".syncd-archive", "2021/.2021-01-04.md.tmp-0123abcd", "2021/.2021-01-04.md.swp"):
        (folder.root / path).touch()
    (folder.root / ".git").mkdir()
    (folder.root / ".git/config").touch()
    assert list(folder.days()) == [(day, folder.path_of(day)) for day in sorted(held)]
    assert list(folder.strays()) == [
        Stray("2020/2021-01-05.md", "unknown"),
        Stray("2021/.2021-01-04.md.tmp-0123abcd", "temporary"),
        Stray("2021/2021-01-04.md~", "unknown"),
        Stray("2021/2021-02-30.md", "unknown"),
        Stray("2021/2021-1-6.md", "unknown"),
        Stray("README", "unknown"),
    ]


@pytest.mark.parametrize("template", TEMPLATES)
@given(day=st.dates(date(1991, 8, 1), date(2090, 12, 31)))
def test_every_date_has_its_own_path_and_strftime_agrees(template: str, day: date) -> None:
    folder = Folder(Path("/nowhere"), template)
    path = folder.path_of(day)
    assert path == day.strftime(template)
    assert folder._day_of(path) == day


@pytest.mark.parametrize("template", TEMPLATES)
def test_files_are_found_by_any_template(tmp_path: Path, template: str) -> None:
    folder = Folder(tmp_path, template)
    for day in (date(2020, 12, 31), date(2021, 1, 1), date(2024, 12, 30)):
        folder.write(day, day.isoformat().encode())
    assert [(day, folder.read(day)) for day, _ in folder.days()] == [
        (day, day.isoformat().encode()) for day in (date(2020, 12, 31), date(2021, 1, 1), date(2024, 12, 30))
    ]
    assert list(folder.strays()) == []


@pytest.mark.parametrize(("name", "day"), [("90-001", date(2090, 1, 1)), ("91-001", date(1991, 1, 1))])
def test_a_year_of_two_digits_begins_in_1991_as_arxiv_did(tmp_path: Path, name: str, day: date) -> None:
    (tmp_path / name).touch()
    assert list(Folder(tmp_path, "%y-%j").days()) == [(day, name)]


@pytest.mark.parametrize(
    ("template", "path", "name"),
    [
        (DEFAULT, "2021/SHA256SUMS", "2021-04-07.md"),
        ("%Y/%m/%d.md", "2021/SHA256SUMS", "04/07.md"),
        ("%Y%m%d.md", "SHA256SUMS.2021", "20210407.md"),
        ("x/%Y/%j.md", "SHA256SUMS.2021", "x/2021/097.md"),
    ],
)
def test_checksums_are_in_the_folder_of_the_year_where_there_is_one(
    tmp_path: Path, template: str, path: str, name: str
) -> None:
    folder = Folder(tmp_path, template)
    assert folder.read_checksums(2021) is None
    folder.write_checksums(2021, b"sums\n")
    assert (folder.checksums_path(2021), folder.name_in_checksums(DAY)) == (path, name)
    assert (folder.read_checksums(2021), content(tmp_path)) == (b"sums\n", {path: b"sums\n"})
    assert list(folder.strays()) == []


@pytest.mark.parametrize(
    ("template", "path", "is_held"),
    [
        (DEFAULT, "2021/SHA256SUMS", True),
        (DEFAULT, "SHA256SUMS.2021", False),
        (DEFAULT, "2021/SHA256SUMS.2021", False),
        (DEFAULT, "21/SHA256SUMS", False),
        ("%Y%m%d", "SHA256SUMS.2021", True),
        ("%Y%m%d", "SHA256SUMSx2021", False),
        ("%Y%m%d", "2021/SHA256SUMS", False),
    ],
)
def test_checksums_are_known_by_their_path(tmp_path: Path, template: str, path: str, is_held: bool) -> None:
    assert Folder(tmp_path, template).holds_checksums(path) is is_held
