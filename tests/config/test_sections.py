"""The keys: their types, their secrets, and how light the package is."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syncd import config
from tests.support.config_files import read_config

if TYPE_CHECKING:
    from pathlib import Path


def test_values_have_the_types_of_the_program(tmp_path: Path) -> None:
    found = read_config(tmp_path, '[metrics]\nlisten = "127.0.0.1:9464"\n')
    assert found.archive.since == date(2020, 1, 1)
    assert found.schedule.poll_from == time(20)
    assert found.schedule.timezone == ZoneInfo("America/New_York")
    assert found.metrics.listen == ("127.0.0.1", 9464)
    assert (found.metrics.textfile, found.upstream.ledger, found.upstream.proxy) == (None, None, None)


def test_every_secret_has_a_file_key() -> None:
    assert all(f"{name}_file" in config.KEYS for name in config.SECRETS)
    twins = {f"{name}_file" for name in config.SECRETS}
    assert {name for name in config.KEYS if name.endswith("_file")} == twins | {"upstream.ca_file"}


def test_importing_the_configuration_imports_no_heavy_library() -> None:
    heavy = "{'sqlalchemy', 'alembic', 'httpx', 'tenacity', 'feedparser', 'apscheduler', 'selectolax', 'click'}"
    code = f"import sys, syncd.config; sys.exit(' '.join({heavy} & sys.modules.keys()) or 0)"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stderr == ""
