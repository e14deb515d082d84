"""Read a small file that a configuration consists of or names: a regular one, of a size that a person would write."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from syncd.core.errors import PASSING_ERRORS, FolderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST = 1 << 20
"""In bytes. The default configuration with all its comments has about 5 KB."""


def read_small_file(path: Path) -> bytes:
    """Return the bytes of a file. Raise OSError where it cannot be read, is no regular file, or is larger than 1 MiB.

    What may pass is tried once more. If it does not, it is a FolderError: it says nothing about what is configured.
    """
    with suppress(FolderError), translate_passing_errors(path):
        return _read_once(path)
    with translate_passing_errors(path):
        return _read_once(path)


@contextmanager
def translate_passing_errors(path: Path) -> Iterator[None]:
    """Turn what a disk or a machine refuses the block for now into a FolderError about `path`. Any other OSError goes through."""
    try:
        yield
    except OSError as error:
        if error.errno not in PASSING_ERRORS:
            raise
        raise FolderError(error.strerror or str(error), path=str(path), passing=True) from error


def _read_once(path: Path) -> bytes:
    # Without O_NONBLOCK, opening a named pipe would wait for ever.
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        with os.fdopen(opened, "rb", closefd=False) as file:
            content = file.read(LARGEST + 1)
    finally:
        with suppress(OSError):  # all was read already, whatever the disk answers to that
            os.close(opened)
    if len(content) > LARGEST:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST >> 20} MiB", str(path))
    return content
