"""The file in which the daemon of this host keeps what it is to know after a restart, beside the digests.

It must not know what the text means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.archive.files import atomic, folder_tree

if TYPE_CHECKING:
    from pathlib import Path

STATE_FILE = ".syncd-daemon.json"


def read_text(root: Path) -> str | None:
    """Return the text of the file, None without one. FolderError where it cannot be read, ValueError where it is no text."""
    with folder_tree.translate_errors(root / STATE_FILE), folder_tree.open_folders(root, ()) as folders:
        found = folder_tree.read_file(folders[-1], STATE_FILE) if folders else None
    return None if found is None else found[0].decode()


def write_text(root: Path, text: str) -> None:
    """Replace the text, whole or not at all. FolderError where the disk refuses."""
    with folder_tree.translate_errors(root / STATE_FILE), folder_tree.open_folders(root, ()) as folders:
        atomic.write_file(folders or (), STATE_FILE, text.encode())
