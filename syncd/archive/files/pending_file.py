"""Files that are written together: each step is done for all of them before the next.

They are synced by several threads at once, as a disk takes many syncs in the time of a few.
"""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from syncd.archive.files import temporary_file
from syncd.archive.files.folder_tree import OnStep, ignore_step, stat_file, translate_errors
from syncd.core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence
    from pathlib import Path

_THREADS = 8
"""Half as many take up to a quarter longer, and twice as many are no faster."""


@dataclass(slots=True)
class PendingFile:
    """A file to be written into `folder`, under a temporary name until the last step."""

    path: Path
    folder: int
    data: bytes
    temporary: str = field(init=False)
    stream: BinaryIO = field(init=False)

    def __post_init__(self) -> None:
        self.temporary = temporary_file.choose_name(self.path.name)

    def fill(self, stack: ExitStack, on_step: OnStep) -> None:
        """Make the temporary file with the bytes, to be closed at the end of `stack`."""
        # Refuses a link or a folder of that name before anything is written.
        stat_file(self.folder, self.path.name)
        self.stream = temporary_file.create(self.folder, self.temporary)
        stack.callback(temporary_file.close_synced, self.stream)
        temporary_file.fill(self.stream, self.data, on_step)

    def finish_sync(self, failure: OSError | None, on_step: OnStep) -> None:
        """Raise FolderError where the disk did not take the bytes."""
        with translate_errors(self.path):
            if failure is not None:
                raise failure
            on_step("synced")

    def rename(self, on_step: OnStep) -> None:
        """Give the file its name."""
        temporary_file.rename(self.folder, self.temporary, self.path.name, exclusive=False)
        on_step("named")

    def drop(self) -> None:
        """Remove the temporary file, where the disk lets us."""
        temporary_file.remove(self.folder, self.temporary)


def do_each(pending: Iterable[PendingFile], step: Callable[[PendingFile], None]) -> None:
    """Do a step for each file in turn. FolderError about the first that the disk refused."""
    for one in pending:
        with translate_errors(one.path):
            step(one)


def name_in_turn(pending: Sequence[PendingFile], on_step: OnStep) -> Generator[PendingFile]:
    """Bring the bytes of all of these files to the disk, then yield each once it has its name.

    FolderError about the first that the disk refused, after those before it. What has no name when it ends is removed.
    """
    waiting = deque(pending)
    with ExitStack() as stack:
        try:
            ready, refused = _sync_before_refusal(pending, stack, on_step)
            for one in ready:
                with translate_errors(one.path):
                    one.rename(on_step)
                waiting.popleft()
                yield one
        finally:
            for one in waiting:
                one.drop()
    if refused is not None:
        raise refused


def _sync_before_refusal(
    pending: Sequence[PendingFile], stack: ExitStack, on_step: OnStep
) -> tuple[list[PendingFile], FolderError | None]:
    """Return those whose bytes are on the disk, up to the first that the disk refused, and the error about that one."""
    filled: list[PendingFile] = []
    ready: list[PendingFile] = []
    refused: FolderError | None = None
    try:
        for one in pending:
            with translate_errors(one.path):
                one.fill(stack, on_step)
            filled.append(one)
    except FolderError as error:
        refused = error
    try:
        for one, failure in zip(filled, sync_together(filled), strict=True):
            one.finish_sync(failure, on_step)
            ready.append(one)
    except FolderError as error:
        refused = error
    return ready, refused


def sync_together(pending: Sequence[PendingFile]) -> list[OSError | None]:
    """Bring the bytes of files to the disk, and return for each what the disk answered where it refused."""
    if len(pending) > 1:
        from concurrent.futures import ThreadPoolExecutor

        # RuntimeError where a limit forbids more threads.
        with suppress(RuntimeError), ThreadPoolExecutor(min(_THREADS, len(pending))) as pool:
            return list(pool.map(_try_to_sync, pending))
    return [_try_to_sync(one) for one in pending]


def _try_to_sync(one: PendingFile) -> OSError | None:
    try:
        temporary_file.sync(one.stream, ignore_step)
    except OSError as error:
        return error
    return None
