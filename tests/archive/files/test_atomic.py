"""Durable writes: modes, links, kills at every step, and what the disk refuses."""

from __future__ import annotations

import errno
import io
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files import atomic, folder_tree, temporary_file
from syncd.archive.files.file_system import open_or_create
from syncd.core.errors import FolderError
from tests.support.forked_processes import forks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def umask(mask: int) -> Iterator[None]:
    old = os.umask(mask)
    try:
        yield
    finally:
        os.umask(old)


def write(root: Path, name: str, data: bytes, *, exclusive: bool = False) -> None:
    with folder_tree.open_folders(root, ()) as folders:
        assert folders is not None
        atomic.write_file(folders, name, data, exclusive=exclusive)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o277])
def test_modes_do_not_depend_on_the_umask(tmp_path: Path, mask: int) -> None:
    with umask(mask):
        folder_tree.create_folder(tmp_path / "a/b")
        write(tmp_path / "a/b", "file", b"x")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b", "a/b/file")]
    assert modes == [0o755, 0o755, 0o644]


@pytest.mark.parametrize("mask", [0o000, 0o077, 0o277])
def test_an_empty_file_is_made_once_and_keeps_its_mode_afterwards(tmp_path: Path, mask: int) -> None:
    file = tmp_path / "lock"
    with umask(mask):
        os.close(open_or_create(file, os.O_RDWR))
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
        file.chmod(0o600)
        os.close(open_or_create(file, os.O_RDWR))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_link_is_followed_to_make_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to("elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        open_or_create(tmp_path / "lock", os.O_RDWR)
    assert not (tmp_path / "elsewhere").exists()


def test_an_exclusive_file_is_never_replaced(tmp_path: Path) -> None:
    write(tmp_path, "file", b"first", exclusive=True)
    with pytest.raises(FileExistsError):
        write(tmp_path, "file", b"second", exclusive=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"first"}


@pytest.mark.parametrize(
    ("kind", "number"),
    [("link", errno.ELOOP), ("dangling", errno.ELOOP), ("folder", errno.EISDIR), ("pipe", errno.ENXIO)],
)
def test_only_a_regular_file_is_read_or_replaced(tmp_path: Path, kind: str, number: int) -> None:
    (tmp_path / "elsewhere").write_bytes(b"precious")
    target = tmp_path / "in"
    target.mkdir()
    if kind == "folder":
        (target / "file").mkdir()
    elif kind == "pipe":
        os.mkfifo(target / "file")
    else:
        (target / "file").symlink_to(tmp_path / ("elsewhere" if kind == "link" else "nowhere"))
    with pytest.raises(OSError, match=rf"\[Errno {number}\]"):
        write(target, "file", b"x")
    with folder_tree.open_folders(target, ()) as folders:
        assert folders is not None
        with pytest.raises(OSError, match=rf"\[Errno {number}\]"):
            folder_tree.read_file(folders[-1], "file")
        with pytest.raises(OSError, match=rf"\[Errno {number}\]"):
            folder_tree.stat_file(folders[-1], "file")
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"
    assert [path.name for path in target.iterdir()] == ["file"]


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")  # noqa: PTH208 - a Path would open one more
    with folder_tree.open_folders(tmp_path, ("a", "b"), create=True) as folders:
        assert folders is not None
        atomic.write_file(folders, "file", b"x")
        folder_tree.read_file(folders[-1], "file")
    with pytest.raises(NotADirectoryError), folder_tree.open_folders(tmp_path, ("a", "b", "file", "c")):
        pass
    assert os.listdir("/proc/self/fd") == before  # noqa: PTH208


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


FILES = {"a/one": b"1", "a/b/two": b"2", "three": b"3"}


def test_many_files_are_written_over_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "three").write_bytes(b"old")
    atomic.write_all(tmp_path, FILES | {"a/b/held": None})
    assert contents(tmp_path) == FILES
    assert {stat.S_IMODE((tmp_path / path).stat().st_mode) for path in FILES} == {0o644}


def test_no_name_appears_before_the_bytes_of_all_are_on_the_disk(tmp_path: Path) -> None:
    steps: list[str] = []
    atomic.write_all(tmp_path, FILES, on_step=steps.append)
    assert steps.index("named") > max(at for at, step in enumerate(steps) if step == "synced")
    assert steps.count("synced") == steps.count("named") == len(FILES)
    assert steps[-1] == "folders synced"


@pytest.mark.parametrize("step", ["temporary made", "filled", "synced"])
@pytest.mark.parametrize("nth", [1, 3])
def test_a_disk_that_refuses_one_of_many_files_gets_none_of_them(tmp_path: Path, step: str, nth: int) -> None:
    done: list[str] = []

    def full(name: str) -> None:
        done.append(name)
        if done.count(step) == nth:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "three").write_bytes(b"old")
    with pytest.raises(FolderError, match="No space") as caught:
        atomic.write_all(tmp_path, FILES, on_step=full)
    assert caught.value.path == str(tmp_path / list(FILES)[nth - 1])
    assert contents(tmp_path) == {"three": b"old"}


def test_a_link_with_the_name_of_one_of_many_files_stops_them_all(tmp_path: Path) -> None:
    (tmp_path / "three").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderError, match="symbolic link"):
        atomic.write_all(tmp_path, FILES)
    assert contents(tmp_path) == {}


def test_files_written_in_turn_share_one_sync_of_their_folders_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "three").write_bytes(b"old")
    steps: list[str] = []
    written = dict(atomic.write_each(tmp_path, FILES, on_step=steps.append))
    assert contents(tmp_path) == FILES
    assert {path: found.st_ino for path, found in written.items()} == {
        path: (tmp_path / path).stat().st_ino for path in FILES
    }
    count = len(FILES)
    filled = ["temporary made", "filled"] * count
    assert [step for step in steps if not step.startswith("folder ")] == [
        *filled,
        *["synced"] * count,
        *["named"] * count,
        "folders synced",
    ]


def die_at(root: Path, last: int) -> None:
    """Write some files in a process that ends at this step, without any care for what it leaves."""
    left = iter(range(last))

    def step(_name: str) -> None:
        if next(left, None) is None:
            os._exit(9)

    list(atomic.write_each(root, FILES, on_step=step))


def test_files_that_a_killed_process_wrote_in_turn_are_old_or_new_and_nothing_but_temporary_files_is_left(
    tmp_path: Path,
) -> None:
    ends = []
    for last in range(4 * len(FILES) + 4):
        root = tmp_path / str(last)
        root.mkdir()
        (root / "three").write_bytes(b"old")
        killed = forks().Process(target=die_at, args=(root, last))
        killed.start()
        killed.join()
        ends.append(killed.exitcode)
        held = contents(root)
        assert all(data in {FILES[path], b"old"} for path, data in held.items() if path in FILES)
        others = [path.rpartition("/")[2] for path in held if path not in FILES]
        assert all(map(temporary_file.TEMPORARY.fullmatch, others))
        assert len(others) <= len(FILES)
    assert ends == [9] * (4 * len(FILES) + 3) + [0]


@pytest.mark.parametrize("step", ["temporary made", "filled", "synced", "named"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_writing_in_turn_that_is_interrupted_leaves_no_temporary_file(tmp_path: Path, step: str, nth: int) -> None:
    done: list[str] = []

    def interrupt(name: str) -> None:
        done.append(name)
        if done.count(step) == nth:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(atomic.write_each(tmp_path, FILES, on_step=interrupt))
    assert contents(tmp_path).items() <= FILES.items()


def test_a_file_that_is_taken_has_its_name_and_those_after_it_have_none_yet(tmp_path: Path) -> None:
    written = atomic.write_each(tmp_path, FILES)
    for count in (1, 2):
        path, _ = next(written)
        assert (tmp_path / path).read_bytes() == FILES[path]
        assert len([path for path in FILES if (tmp_path / path).exists()]) == count
    # It ends here, as it does where the caller fails.
    del written
    assert contents(tmp_path) == dict(list(FILES.items())[:2])


def test_more_files_than_are_written_together_all_get_their_names(tmp_path: Path) -> None:
    files = {f"{number % 3}/{number}": b"%d" % number for number in range(2 * atomic.TOGETHER + 1)}
    steps: list[str] = []
    assert [path for path, _ in atomic.write_each(tmp_path, files, on_step=steps.append)] == list(files)
    assert contents(tmp_path) == files
    assert steps.index("named") == steps.index("synced") + atomic.TOGETHER
    assert steps.count("folders synced") == 1


@pytest.mark.parametrize("step", ["temporary made", "filled", "synced"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_disk_that_is_full_in_turn_keeps_the_files_before_it_and_nothing_else(
    tmp_path: Path, step: str, nth: int
) -> None:
    done: list[str] = []

    def full(name: str) -> None:
        done.append(name)
        if name == step and done.count(step) == nth:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(FolderError, match="No space") as caught:
        list(atomic.write_each(tmp_path, FILES, on_step=full))
    assert caught.value.path == str(tmp_path / list(FILES)[nth - 1])
    assert contents(tmp_path) == dict(list(FILES.items())[: nth - 1])


@pytest.mark.parametrize("way", ["each", "all"])
def test_a_disk_that_refuses_to_sync_one_of_many_files_is_reported_with_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    sync = os.fsync

    def fail(file: int) -> None:
        if "two" in os.readlink(f"/proc/self/fd/{file}"):  # noqa: PTH115 - a Path would open one more
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(file)

    def write_files() -> None:
        if way == "each":
            list(atomic.write_each(tmp_path, FILES))
        else:
            atomic.write_all(tmp_path, FILES)

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(FolderError, match="fsync: Input/output") as caught:
        write_files()
    assert caught.value.path == str(tmp_path / "a/b/two")
    assert contents(tmp_path) == ({"a/one": b"1"} if way == "each" else {})


def test_a_disk_that_refuses_one_file_in_turn_keeps_the_files_before_it(tmp_path: Path) -> None:
    (tmp_path / "a/b/two").mkdir(parents=True)
    with pytest.raises(FolderError) as caught:
        list(atomic.write_each(tmp_path, FILES))
    assert caught.value.path == str(tmp_path / "a/b/two")
    assert contents(tmp_path) == {"a/one": b"1"}


@pytest.mark.parametrize(
    ("name", "is_temporary"),
    [
        (".x.md.tmp-0123abcd", True),
        ("x.md.tmp-0123abcd", False),
        (".x.md.tmp-0123abc", False),
        (".x.md.tmp-0123abcde", False),
        (".x.md.tmp-0123abcg", False),
        (".tmp-0123abcd", False),
    ],
)
def test_an_unfinished_file_is_known_by_its_name(name: str, is_temporary: bool) -> None:
    assert (temporary_file.TEMPORARY.fullmatch(name) is not None) is is_temporary


def test_an_exclusive_file_is_refused_also_when_it_appears_after_the_last_look(tmp_path: Path) -> None:
    def appear(step: str) -> None:
        if step == "synced":
            (tmp_path / "file").write_bytes(b"theirs")

    with folder_tree.open_folders(tmp_path, ()) as folders:
        assert folders is not None
        with pytest.raises(FileExistsError):
            atomic.write_file(folders, "file", b"ours", exclusive=True, on_step=appear)
    assert contents(tmp_path) == {"file": b"theirs"}


def test_pieces_become_a_file_that_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with umask(0o027):
        atomic.write_pieces(path, iter([b"one ", b"", b"two"]))
    assert path.read_bytes() == b"one two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("reason", [KeyboardInterrupt, ValueError])
def test_pieces_that_end_early_leave_the_old_file_alone(tmp_path: Path, reason: type[BaseException]) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def give_one_piece() -> Iterator[bytes]:
        yield b"new"
        raise reason

    with pytest.raises(reason):
        atomic.write_pieces(path, give_one_piece())
    assert {found.name: found.read_bytes() for found in tmp_path.iterdir()} == {"file": b"old"}


@pytest.mark.parametrize("step", ["temporary made", "filled", "synced", "named"])
def test_pieces_that_a_step_interrupts_are_the_old_file_or_the_whole_new_one(tmp_path: Path, step: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def stop(done: str) -> None:
        if done == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        atomic.write_pieces(path, [b"new"], on_step=stop)
    expected = b"new" if step == "named" else b"old"
    assert {found.name: found.read_bytes() for found in tmp_path.iterdir()} == {"file": expected}


def test_pieces_are_not_written_through_a_link_or_where_no_folder_is(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"precious")
    (tmp_path / "file").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderError, match="symbolic link"):
        atomic.write_pieces(tmp_path / "file", [b"x"])
    with pytest.raises(FolderError, match="No such file"):
        atomic.write_pieces(tmp_path / "missing" / "file", [b"x"])
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"


def leave(folder: Path, name: str, age: float) -> Path:
    """Make a file that was last changed this many seconds before now."""
    file = folder / name
    file.write_bytes(b"half")
    changed = file.stat().st_mtime - age
    os.utime(file, (changed, changed))
    return file


@pytest.mark.parametrize("way", ["one", "each", "all"])
def test_the_next_writer_removes_what_a_killed_one_left_a_day_ago(tmp_path: Path, way: str) -> None:
    old = leave(tmp_path, ".2026-07-13.md.tmp-0123abcd", temporary_file.LEFT_OVER_AFTER + 60)
    young = leave(tmp_path, ".2026-07-13.md.tmp-4567abcd", temporary_file.LEFT_OVER_AFTER - 60)
    others = leave(tmp_path, ".2026-07-13.md.swp", 2 * temporary_file.LEFT_OVER_AFTER)
    link = tmp_path / ".link.tmp-0123abcd"
    link.symlink_to(others)
    os.utime(link, (0, 0), follow_symlinks=False)
    if way == "one":
        write(tmp_path, "file", b"x")
    elif way == "each":
        assert [path for path, _ in atomic.write_each(tmp_path, {"file": b"x"})] == ["file"]
    else:
        atomic.write_all(tmp_path, {"file": b"x"})
    assert not old.exists()
    assert young.exists()
    assert others.exists()
    assert link.is_symlink()


@pytest.mark.parametrize("number", [errno.EIO, errno.EINTR])
def test_a_disk_that_fails_when_a_folder_is_closed_fails_no_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    close = os.close

    def fail(file: int) -> None:
        close(file)
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "close", fail)
        write(tmp_path, "digest.md", b"text")
        with folder_tree.open_folders(tmp_path, ()) as folders:
            assert folders is not None
            found = folder_tree.read_file(folders[-1], "digest.md")
    assert found is not None
    assert found[0] == b"text"


def test_a_disk_that_is_full_is_reported_as_such_although_closing_fails_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_full(file: int, mode: str) -> io.BufferedWriter:
        os.dup2(full, file)
        return io.BufferedWriter(io.FileIO(file, mode))

    full = os.open("/dev/full", os.O_WRONLY)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fdopen", open_full)
            with pytest.raises(FolderError, match="No space left") as caught:
                atomic.write_all(tmp_path, {"a": b"text", "b": b"text"})
    finally:
        os.close(full)
    assert caught.value.path == str(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
