"""What comes in from outside may fail in any way: each kind of exception becomes an error of syncd, never an internal one."""

from __future__ import annotations

import builtins
import gzip
import json
import os
import sqlite3
import tomllib
import zipfile
from typing import TYPE_CHECKING, NoReturn

import httpx
import pytest

from syncd.archive.files import marker
from syncd.archive.files.vault import FolderVault
from syncd.archive.sql.database_errors import translate_odd_values
from syncd.cli import year_check
from syncd.cli.main import exit_code_of
from syncd.config import clock, read_frozen_now
from syncd.config.layers import read_file
from syncd.core import errors
from syncd.core.errors import SyncdError
from syncd.daemon import state
from syncd.usecases.backfill import load_snapshot
from syncd.web.http_exchange import Exchange, ExchangeContext
from tests.support.manual_clock import LISTING, Clock, never, settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVERY: list[type[Exception]] = [
    kind for kind in vars(builtins).values() if isinstance(kind, type) and issubclass(kind, Exception)
]
FROM_A_READER: list[type[Exception]] = [kind for kind in EVERY if issubclass(kind, errors.READING_ERRORS)]
FROM_THE_SYSTEM: list[type[Exception]] = [
    kind for kind in EVERY if issubclass(kind, (OSError, OverflowError, ValueError))
]


def make(kind: type[Exception]) -> Exception:
    """Make an exception of any kind."""
    if issubclass(kind, UnicodeDecodeError):
        return kind("utf-8", b"\xff", 0, 1, "odd")
    if issubclass(kind, UnicodeEncodeError):
        return kind("utf-8", "\udcff", 0, 1, "odd")
    if issubclass(kind, UnicodeTranslateError):
        return kind("\udcff", 0, 1, "odd")
    return kind("odd")


def raises(error: Exception) -> Callable[..., NoReturn]:
    """Return a function that raises it whatever it is given."""

    def fail(*_args: object, **_named: object) -> NoReturn:
        raise error

    return fail


def throw_at(
    monkeypatch: pytest.MonkeyPatch,
    place: object,
    name: str,
    use: Callable[[], object],
    kinds: list[type[Exception]],
) -> None:
    """Use a border once for each kind of exception, which its library raises in its function `name`."""
    for kind in kinds:
        with monkeypatch.context() as patch:
            patch.setattr(place, name, raises(make(kind)))
            with pytest.raises(SyncdError):
                use()


def test_a_file_system_may_refuse_in_any_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / marker.NAME).write_text("{}")
    for name in ("open", "fstat", "fdopen"):
        throw_at(
            monkeypatch, os, name, lambda: marker.read(tmp_path), [kind for kind in EVERY if issubclass(kind, OSError)]
        )


def test_a_marker_a_receipt_and_a_response_may_be_damaged_in_any_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = FolderVault(tmp_path / "vault")
    (tmp_path / marker.NAME).write_text("{}")
    sha256 = vault.put(kind="response", url="", status=200, headers=(), body=b"x", received=Clock().now())
    throw_at(monkeypatch, json, "loads", lambda: marker.read(tmp_path), FROM_A_READER)
    throw_at(monkeypatch, json, "loads", lambda: list(vault.receipts()), FROM_A_READER)
    throw_at(monkeypatch, gzip, "decompress", lambda: vault.get(sha256), FROM_A_READER)


def test_the_memory_of_a_host_may_be_damaged_in_any_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state.save(tmp_path, state.DaemonState())
    for kind in FROM_A_READER:
        monkeypatch.setattr(json, "loads", raises(make(kind)))
        assert state.load(tmp_path) == state.DaemonState()
        assert state.with_shared(state.DaemonState(), "{}") == state.DaemonState()


def test_a_configuration_may_be_unreadable_in_any_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    for kind in FROM_A_READER:
        mistakes: list[errors.ConfigError] = []
        monkeypatch.setattr(tomllib, "loads", raises(make(kind)))
        assert read_file(path, mistakes) == {}
        assert len(mistakes) == 1


def test_the_end_of_time_is_a_mistake_of_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1991-12-31T23:59Z", "2200-01-01T00:00Z"):
        with pytest.raises(errors.ConfigError):
            read_frozen_now({"SYNCD_NOW": text})
    for kind in (ValueError, OverflowError):
        monkeypatch.setattr(clock, "datetime", type("Odd", (), {"fromisoformat": raises(make(kind))}))
        with pytest.raises(errors.ConfigError):
            read_frozen_now({"SYNCD_NOW": "2026-07-13T16:00Z"})


_KINDS_OF_COMMANDS = (
    ("status",), ("sync",), ("check", "--full"), ("replay",), ("report",), ("doctor",), ("run",), ("serve",),
)  # fmt: skip


@pytest.mark.parametrize("words", _KINDS_OF_COMMANDS, ids=" ".join)
def test_no_command_works_at_an_end_of_time(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    for text in ("0001-01-01T00:00:00+23:59", "9998-12-31T00:00Z", "9999-12-31T23:59:59-23:59"):
        monkeypatch.setenv("SYNCD_NOW", text)
        assert exit_code_of(list(words)) in {1, 2, 10}, capsys.readouterr().err
    monkeypatch.delenv("SYNCD_NOW")
    for clock_of_host in (lambda: 253402300799.0, raises(OverflowError("timestamp too large"))):
        monkeypatch.setattr(year_check, "time", clock_of_host)
        assert exit_code_of(list(words)) == 2
        assert "the clock of this host says a year after 2199" in capsys.readouterr().err


def test_a_snapshot_may_be_damaged_in_any_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "set.gz").write_bytes(gzip.compress(b"{}\n"))
    (tmp_path / "set.zip").write_bytes(b"PK\x03\x04")
    every: list[type[Exception]] = [*FROM_A_READER, RuntimeError, NotImplementedError]
    throw_at(monkeypatch, gzip.GzipFile, "readline", lambda: load_snapshot.find_other_form(tmp_path / "set.gz"), every)
    throw_at(
        monkeypatch,
        zipfile,
        "ZipFile",
        lambda: load_snapshot.find_other_form(tmp_path / "set.zip"),
        every,
    )


def test_the_network_may_fail_in_any_way() -> None:
    for kind in (*FROM_THE_SYSTEM, httpx.ReadError, httpx.RemoteProtocolError, httpx.ProxyError, httpx.PoolTimeout):
        context = ExchangeContext(httpx.MockTransport(raises(make(kind))), settings(), Clock().monotonic, never)
        with pytest.raises(errors.Unavailable), Exchange(context, httpx.URL(LISTING), "html"):
            pass


def test_a_row_may_be_read_as_anything() -> None:
    of_driver = sqlite3.DataError
    for kind in (
        ValueError,
        OverflowError,
        ZeroDivisionError,
        KeyError,
        IndexError,
        TypeError,
        RecursionError,
        of_driver,
    ):
        with pytest.raises(errors.DatabaseError) as caught, translate_odd_values("sqlite:///syncd.db", of_driver):
            raise make(kind)
        assert caught.value.is_damage
