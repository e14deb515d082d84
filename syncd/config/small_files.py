"""Read a small file that a configuration consists of or names: a regular one, of a size that a person would write."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 1 << 20
"""In bytes. The default configuration with all its comments has about 5 KB."""


def read_small_file(path: Path) -> bytes:
    """Return the bytes of a file. Raise OSError where it cannot be read, is no regular file, or is larger than 1 MiB."""
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
