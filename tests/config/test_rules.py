"""The rules between keys, and the warnings."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd import config
from syncd.core.errors import ConfigError
from tests.support.config_files import LOOPBACK, read_config, read_refused

if TYPE_CHECKING:
    from pathlib import Path


def test_the_vault_must_not_be_inside_the_root_not_even_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "archive/v").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "archive/v")
    for vault in ("archive", "archive/vault", "x/../archive/v", "link"):
        assert read_refused(tmp_path, archive__vault=vault).key == "archive.vault"
    assert read_config(tmp_path, archive__vault="archive-vault").archive.vault == tmp_path / "archive-vault"


def test_a_vault_that_is_a_link_to_itself_is_left_to_the_disk_to_refuse(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert read_config(tmp_path, archive__vault="loop").archive.vault == tmp_path / "loop"


def test_an_archive_does_not_begin_before_arxiv(tmp_path: Path) -> None:
    error = read_refused(tmp_path, archive__since=date(1991, 8, 13))
    assert (error.key, error.detail) == ("archive.since", "must not be before 1991-08-14, when arXiv began")
    read_config(tmp_path, archive__since=date(1991, 8, 14))


@pytest.mark.parametrize("key", list(LOOPBACK))
def test_intervals_below_arxivs_rule_are_for_loopback_only(tmp_path: Path, key: str) -> None:
    assert read_refused(tmp_path, upstream__listing_interval="14s").key == "upstream.listing_interval"
    assert read_refused(tmp_path, upstream__api_interval="2s").key == "upstream.api_interval"
    read_config(tmp_path, upstream__listing_interval="15s", upstream__api_interval="3s")
    fast = {"upstream.listing_interval": "0s", "upstream.api_interval": "0s"}
    assert not config.load(None, {}, LOOPBACK | fast, folder=tmp_path).upstream.api_interval
    with pytest.raises(ConfigError):
        config.load(None, {}, LOOPBACK | fast | {key: "https://arxiv.org"}, folder=tmp_path)


def test_a_polling_window_has_two_different_ends(tmp_path: Path) -> None:
    assert read_refused(tmp_path, schedule__poll_until="20:00").key == "schedule.poll_until"


def test_a_probable_mistake_is_a_warning(tmp_path: Path) -> None:
    assert read_config(tmp_path, upstream__contact="me@example.org").warnings == ()
    assert "contact" in read_config(tmp_path).warnings[0]
    assert read_config(tmp_path, upstream__contact="x", archive__category="cs.SY").warnings == (
        "archive.category: cs.SY is read as eess.SY, arXiv's name of the same category",
    )
    assert read_config(tmp_path, upstream__contact="x", archive__category="eess.SY").warnings == ()
    assert "push" in read_config(tmp_path, upstream__contact="x", publish__push=True).warnings[0]


@pytest.mark.parametrize(
    ("key", "interval", "least"),
    [("listing_interval", "14.999s", "15s"), ("api_interval", "2.999s", "3s")],
)
def test_intervals_are_refused_just_below_the_rule(tmp_path: Path, key: str, interval: str, least: str) -> None:
    error = read_refused(tmp_path, "", {}, **{f"upstream__{key}": interval})
    assert (error.key, f"at least {least}" in error.detail) == (f"upstream.{key}", True)
    read_config(tmp_path, "", {}, **{f"upstream__{key}": least})


def test_push_with_git_and_a_contact_give_no_warning(tmp_path: Path) -> None:
    found = read_config(tmp_path, upstream__contact="x", publish__push=True, publish__git=True)
    assert found.warnings == ()
    assert len(read_config(tmp_path, upstream__contact=" ", publish__push=True).warnings) == 2


def test_a_password_that_every_user_may_read_is_a_warning_of_every_command(tmp_path: Path) -> None:
    url = "postgresql+psycopg://syncd:hunter2@db/syncd"
    text = f'[database]\nurl = "{url}"\n[upstream]\ncontact = "a@example.org"\n'
    read_config(tmp_path, text)
    (tmp_path / "syncd.toml").chmod(0o644)
    (warning,) = read_config(tmp_path, text).warnings
    assert "database.url contains a password" in warning
    assert "hunter2" not in warning
    (tmp_path / "syncd.toml").chmod(0o640)
    assert read_config(tmp_path, text).warnings == ()
