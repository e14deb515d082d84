"""The two locks: whom they exclude, how long they wait, and who is named as their holder."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files import locks
from syncd.core.errors import FolderError, Locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Lock = AbstractContextManager[None]

OTHER = """
import os, sys
from pathlib import Path
from syncd.archive.files import locks
with locks.{lock}(Path(sys.argv[1]), holder=f"process {{os.getpid()}} (syncd backfill), since then"):
    print("held", flush=True)
    sys.stdin.read()
"""


class Clock:
    """Monotonic time that passes only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.seconds += seconds


def never(seconds: float) -> None:
    raise AssertionError("nothing to wait for")


@contextmanager
def other_process(root: Path, lock: str = "write_lock") -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", OTHER.format(lock=lock), str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def write_lock(root: Path, sleep: Callable[[float], None] = never, clock: Clock | None = None) -> Lock:
    return locks.write_lock(root, holder="us", sleep=sleep, monotonic=clock or Clock())


def test_a_free_lock_is_taken_at_once_and_again_after_its_end(tmp_path: Path) -> None:
    for _ in range(2):
        with write_lock(tmp_path):
            pass
        with locks.daemon_lock(tmp_path, holder="us"):
            pass


def test_the_two_locks_do_not_exclude_each_other(tmp_path: Path) -> None:
    with locks.daemon_lock(tmp_path, holder="us"), write_lock(tmp_path):
        pass


def test_another_writer_is_waited_for_thirty_seconds_and_then_named(tmp_path: Path) -> None:
    clock = Clock()
    with (
        other_process(tmp_path) as other,
        pytest.raises(Locked) as caught,
        write_lock(tmp_path, clock.sleep, clock),
    ):
        pass
    assert 1030 <= clock.seconds < 1031
    assert caught.value.holder == f"process {other.pid} (syncd backfill), since then"
    assert caught.value.path == str(tmp_path / locks.WRITE_LOCK)


def test_after_two_seconds_of_waiting_the_holder_is_named_once(tmp_path: Path) -> None:
    clock, named = Clock(), list[tuple[float, str]]()

    def note(holder: str) -> None:
        named.append((clock.seconds, holder))

    with (
        other_process(tmp_path) as other,
        pytest.raises(Locked),
        locks.write_lock(tmp_path, holder="us", on_wait=note, sleep=clock.sleep, monotonic=clock),
    ):
        pass
    ((moment, holder),) = named
    assert 1002 <= moment < 1002.2
    assert holder == f"process {other.pid} (syncd backfill), since then"


def test_the_lock_is_taken_when_the_other_writer_ends_meanwhile(tmp_path: Path) -> None:
    entered = []
    with other_process(tmp_path) as process:

        def ends(_: float) -> None:
            process.communicate("")

        with write_lock(tmp_path, ends):
            entered.append(1)
    assert entered


@pytest.mark.parametrize("lock", ["write_lock", "daemon_lock"])
def test_a_killed_holder_holds_nothing(tmp_path: Path, lock: str) -> None:
    with other_process(tmp_path, lock) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with write_lock(tmp_path), locks.daemon_lock(tmp_path, holder="us"):
            pass


def test_a_second_daemon_is_refused_at_once_and_the_first_is_named(tmp_path: Path) -> None:
    with (
        other_process(tmp_path, "daemon_lock") as other,
        pytest.raises(Locked) as caught,
        locks.daemon_lock(tmp_path, holder="us"),
    ):
        pass
    assert f"process {other.pid} (syncd backfill)" in caught.value.holder


def test_archives_do_not_exclude_each_other(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with other_process(tmp_path / "a"), write_lock(tmp_path / "b"):
        pass


@pytest.mark.parametrize("content", [b"", b"\xff\x00\x1b[2J\n", b"a" * 9999, b"process 1 (syncd run), since then\n"])
def test_the_content_of_a_lock_file_decides_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / locks.DAEMON_LOCK
    path.write_bytes(content)
    with locks.daemon_lock(tmp_path, holder="us"):
        assert path.read_bytes() == b"us\n"
    with other_process(tmp_path, "daemon_lock") as other:
        path.write_bytes(content)
        with pytest.raises(Locked) as caught, locks.daemon_lock(tmp_path, holder="us"):
            pass
    assert caught.value.holder.startswith(f"process {other.pid} (")


def test_a_thread_that_asks_twice_is_a_bug(tmp_path: Path) -> None:
    with write_lock(tmp_path):
        with pytest.raises(RuntimeError, match="twice"), write_lock(tmp_path):
            pass
        with pytest.raises(Locked), _in_thread(lambda: write_lock(tmp_path, (clock := Clock()).sleep, clock)):
            pass
    with write_lock(tmp_path):
        pass


@contextmanager
def _in_thread(lock: Callable[[], Lock]) -> Iterator[None]:
    """Take and free the lock in another thread of this process, and raise here what that raised."""
    raised: list[Locked] = []

    def work() -> None:
        try:
            with lock():
                pass
        except Locked as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
    yield


def test_an_error_inside_frees_the_lock_and_no_descriptor_stays(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")  # noqa: PTH208 - a Path would open one more
    with pytest.raises(ZeroDivisionError), write_lock(tmp_path):
        raise ZeroDivisionError
    with other_process(tmp_path), pytest.raises(KeyboardInterrupt), write_lock(tmp_path, _interrupt):
        pass
    with write_lock(tmp_path):
        pass
    assert os.listdir("/proc/self/fd") == before  # noqa: PTH208


def _interrupt(_: float) -> None:
    raise KeyboardInterrupt


def test_a_missing_root_and_a_linked_lock_file_are_folder_errors(tmp_path: Path) -> None:
    with pytest.raises(FolderError), write_lock(tmp_path / "gone"):
        pass
    (tmp_path / locks.WRITE_LOCK).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderError), write_lock(tmp_path):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_thirty_seconds_are_waited_by_default() -> None:
    assert timedelta(seconds=30) == locks.WAIT


@pytest.mark.parametrize(("wait", "pauses"), [(0, 0), (1, 1), (3, 2), (4, 2)])
def test_the_last_look_is_not_before_the_end_of_the_wait(tmp_path: Path, wait: int, pauses: int) -> None:
    clock, slept = Clock(), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.seconds += 2

    lock = locks.write_lock(tmp_path, holder="us", wait=timedelta(seconds=wait), sleep=sleep, monotonic=clock)
    with other_process(tmp_path), pytest.raises(Locked), lock:
        pass
    assert len(slept) == pauses


@contextmanager
def full_disk() -> Iterator[None]:
    """Let this process write no byte to any file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_on_a_full_disk_a_daemon_may_run_and_nothing_may_write(tmp_path: Path) -> None:
    with full_disk():
        with locks.daemon_lock(tmp_path, holder="us"):
            pass
        with pytest.raises(FolderError), write_lock(tmp_path):
            pass
