"""Metrics that are served, written to a file, or not kept at all."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from syncd.config import Config, load
from syncd.config.sections import MetricsConfig
from syncd.daemon.metrics_output import start_metrics, write_metrics

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NOW = datetime(2026, 11, 25, 1, tzinfo=UTC)


def test_nothing_is_counted_where_no_metrics_are_configured(tmp_path: Path) -> None:
    assert start_metrics(config(tmp_path, MetricsConfig()), NOW) is None


def test_counts_that_are_to_be_written_carry_the_labels_of_the_archive(tmp_path: Path) -> None:
    file = tmp_path / "syncd.prom"
    found = start_metrics(config(tmp_path, MetricsConfig(textfile=file)), NOW)
    assert found is not None
    write_metrics(found, file)
    assert f'archive="{tmp_path}/kept",category="cs.CV"' in file.read_text()


def test_a_file_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "gone/syncd.prom"
    found = start_metrics(config(tmp_path, MetricsConfig(textfile=file)), NOW)
    assert found is not None
    write_metrics(found, file)
    assert "metrics: No such file or directory" in caplog.text


def test_an_address_that_is_taken_is_a_warning_and_counting_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert start_metrics(config(tmp_path, MetricsConfig(listen=taken.getsockname())), NOW) is not None
    assert "not served until a restart" in caplog.text


def config(root: Path, metrics: MetricsConfig) -> Config:
    (root / "config.toml").write_text("[archive]\nroot = 'kept'\n", encoding="utf-8")
    return replace(load(root / "config.toml", {}, {}), metrics=metrics)
