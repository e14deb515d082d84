"""The values of each origin, and names that no key has."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd import config
from syncd.core.errors import ConfigError
from tests.support.config_files import read_config, read_refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("data", [b"[archive", b"\xff\xfe", b"\xef\xbb\xbf[archive]\n"])
def test_a_file_that_is_not_toml_is_an_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match="is not TOML"):
        config.load(path, {}, {})


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("[archive]\ncategorie = 1", "archive.category"),
        ("[upstream]\nroot = 1", "archive.root"),
        ("[archiv]\nroot = 1", "[archive]"),
        ("filename = 1", "archive.filename"),
        ("[log]\nzzz = 1", "log."),
        ("[zzz]", "["),
        ("[archive.root]\nx = 1", "string"),
        ("archive = 1", "section"),
    ],
)
def test_an_unknown_name_is_an_error_that_names_the_nearest_known_one(tmp_path: Path, text: str, near: str) -> None:
    error = read_refused(tmp_path, text)
    assert near in error.detail
    assert error.origin == str(tmp_path / "syncd.toml")


def test_an_unknown_variable_is_an_error_that_names_the_nearest_known_one(tmp_path: Path) -> None:
    error = read_refused(tmp_path, environ={"SYNCD_ARCHIVE__ROOTS": "x"})
    assert (error.origin, error.key) == ("SYNCD_ARCHIVE__ROOTS", "archive.roots")
    assert "SYNCD_ARCHIVE__ROOT" in error.detail


def test_variables_that_are_no_keys_are_ignored(tmp_path: Path) -> None:
    environ = {"SYNCD_NOW": "x", "SYNCD_CONFIG": "x", "SYNCD_DAY": "2021-04-07", "SYNCD_NEW_PAPERS": "3"}
    assert set(read_config(tmp_path, environ=environ).origins.values()) == {"default"}


def test_an_unknown_flag_is_an_error(tmp_path: Path) -> None:
    assert read_refused(tmp_path, archive__rot="x").origin == "flag"


def test_variables_are_read_by_the_kind_of_their_key(tmp_path: Path) -> None:
    environ = {
        "SYNCD_ARCHIVE__SINCE": "2021-02-03",
        "SYNCD_ARCHIVE__VAULT": "",
        "SYNCD_SCHEDULE__RECHECK": "false",
        "SYNCD_HOOKS__ON_NEW": '["a b", "c"]',
        "SYNCD_HOOKS__ON_PROBLEM": "mail me\nring, the bell",
        "SYNCD_UPSTREAM__CONTACT": "12",
        "SYNCD_UPSTREAM__TIMEOUT": '"20s"',
    }
    found = read_config(tmp_path, environ=environ)
    assert found.archive.since == date(2021, 2, 3)
    assert found.archive.vault is None
    assert not found.schedule.recheck
    assert found.hooks.on_new == ("a b", "c")
    assert found.hooks.on_problem == ("mail me", "ring, the bell")
    assert found.upstream.contact == "12"
    assert found.upstream.timeout == timedelta(seconds=20)
