"""A disk that does not give files that are there, for as long as it lasts."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files import folder_tree

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def refuse_files(folder: Path, number: int = errno.EMFILE) -> Iterator[None]:
    """Refuse each read of a file that is below the folder now. New ones can be read."""
    kept = {str(path) for path in folder.rglob("*") if path.is_file()}
    read = folder_tree._read_once

    def refuse(root: Path, path: str) -> tuple[bytes, os.stat_result] | None:
        with folder_tree.translate_errors(root / path):
            if str(root / path) in kept:
                raise OSError(number, "the disk does not give it now")
        return read(root, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder_tree, "_read_once", refuse)
        yield
