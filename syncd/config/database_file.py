"""Where the file of an embedded database stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.config.sections import Config


def find_database_file(config: Config) -> Path | None:
    """Return the file of an SQLite database, None for one on a server."""
    scheme, _, rest = config.database.url.partition(":///")
    if not scheme.startswith("sqlite"):
        return None
    # Joining does not change an absolute path, so `root` only makes this a Path.
    return config.archive.root / rest.partition("?")[0]
