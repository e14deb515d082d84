"""Configurations read from a file of the test, with variables and flags, and the errors of those that are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncd import config
from syncd.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.config import Config

LOOPBACK = {
    "upstream.listing_url": "http://127.0.0.1:8000",
    "upstream.oai_url": "http://localhost:8000/oai",
    "upstream.rss_url": "http://[::1]:8000",
    "upstream.api_url": "http://127.0.0.1:8000/api/query",
}
SECRET_URL = "postgresql+psycopg://syncd:hunter2@db/syncd"


def read_config(folder: Path, text: str = "", environ: dict[str, str] | None = None, **flags: object) -> Config:
    """Write `text` into a file of `folder` and return its configuration. `archive__root` is the flag of `archive.root`."""
    path = folder / "syncd.toml"
    path.write_text(text, encoding="utf-8")
    overrides = {name.replace("__", "."): value for name, value in flags.items()}
    return config.load(path, environ or {}, overrides)


def read_refused(folder: Path, text: str = "", environ: dict[str, str] | None = None, **flags: object) -> ConfigError:
    """Return the error of a configuration that must be refused."""
    with pytest.raises(ConfigError) as caught:
        read_config(folder, text, environ, **flags)
    return caught.value
