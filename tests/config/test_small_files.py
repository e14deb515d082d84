"""A small file is read whole, whatever the disk answers to its close."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from syncd.config.small_files import read_small_file

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_file_that_was_read_is_not_refused_by_its_close(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"text")
    close = os.close

    def fail(file: int) -> None:
        close(file)
        raise OSError(errno.EINTR, "Interrupted system call")

    monkeypatch.setattr(os, "close", fail)
    assert read_small_file(tmp_path / "a") == b"text"
