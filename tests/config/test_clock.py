"""The calendar clock, real or frozen by SYNCD_NOW."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from syncd import config
from syncd.core.errors import ConfigError
from tests.support.config_files import LOOPBACK, read_config

if TYPE_CHECKING:
    from pathlib import Path


def test_the_clock_is_real_unless_frozen(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    assert before <= config.build_clock({}, read_config(tmp_path))() <= datetime.now(UTC)
    assert config.read_frozen_now({"SYNCD_NOW": ""}) is None


def test_a_frozen_clock_stands_still_and_is_utc(tmp_path: Path) -> None:
    clock = config.build_clock(
        {"SYNCD_NOW": "2021-04-06T20:05:00-04:00"}, config.load(None, {}, LOOPBACK, folder=tmp_path)
    )
    assert clock() == datetime(2021, 4, 7, 0, 5, tzinfo=UTC)
    assert clock().tzinfo is UTC


@pytest.mark.parametrize("key", list(LOOPBACK))
def test_a_frozen_clock_is_refused_when_any_upstream_is_not_loopback(tmp_path: Path, key: str) -> None:
    mixed = config.load(None, {}, LOOPBACK | {key: "https://arxiv.org"}, folder=tmp_path)
    with pytest.raises(ConfigError, match=r"arxiv\.org") as caught:
        config.build_clock({"SYNCD_NOW": "2021-04-07T00:05:00Z"}, mixed)
    assert caught.value.origin == "SYNCD_NOW"


@pytest.mark.parametrize("text", ["2021-04-07T00:05:00", "2021-04-07", "yesterday"])
def test_a_frozen_moment_has_an_offset(text: str) -> None:
    with pytest.raises(ConfigError):
        config.read_frozen_now({"SYNCD_NOW": text})


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+20:00", "9999-12-31T23:59:59-20:00", "2200-01-01T00:00:00Z"])
def test_a_frozen_moment_is_in_a_year_that_arxiv_may_have(text: str) -> None:
    with pytest.raises(ConfigError, match="1992 to 2199"):
        config.read_frozen_now({"SYNCD_NOW": text})
