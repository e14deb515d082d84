"""Saved searches: names that a person chose, and queries that must be what they look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncd.config import describe, load
from tests.support.config_files import read_config, read_refused

if TYPE_CHECKING:
    from pathlib import Path


def test_each_name_has_its_query_and_its_origin(tmp_path: Path) -> None:
    text = "[searches]\nnerf = 'neural radiance OR \"gaussian splatting\"'\nhe_2 = 'author:\"Kaiming He\"'\n"
    found = read_config(tmp_path, text)
    assert found.searches.queries == {
        "nerf": 'neural radiance OR "gaussian splatting"',
        "he_2": 'author:"Kaiming He"',
    }
    shown = {one.key: (one.value, one.origin) for one in describe(found)}
    assert shown["searches.he_2"] == ('"author:\\"Kaiming He\\""', str(found.path))


def test_a_variable_adds_a_search_and_overrides_one(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[searches]\nnerf = 'splatting'\n", encoding="utf-8")
    found = load(file, {"SYNCD_SEARCHES__NERF": "radiance", "SYNCD_SEARCHES__DEPTH": "depth"}, {})
    assert found.searches.queries == {"nerf": "radiance", "depth": "depth"}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('Nerf = "x"', "lower-case"),
        ('"a b" = "x"', "lower-case"),
        ("nerf = 5", "a string"),
        ('nerf = "--- ( )"', "no word"),
        ("nerf = '\"gaussian splatting'", "not closed"),
        ('nerf = "(radiance OR splatting"', "no partner"),
        ('nerf = "radiance) (splatting"', "no partner"),
        (f'nerf = "{"word " * 401}"', "2,000"),
    ],
)
def test_a_search_that_cannot_be_meant_is_refused_by_name(tmp_path: Path, line: str, why: str) -> None:
    error = read_refused(tmp_path, f"[searches]\n{line}\n")
    assert why in str(error)
    assert error.key is not None
    assert error.key.startswith("searches.")
