"""The template of file names: one path for each date, below the root."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.config_files import read_config, read_refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("text", ["%Y/%Y-%m-%d.md", "%Y%m%d", "%y-%j.md", "%G/W%V/%u.md", "100%%/%Y/%m/%d/x.md"])
def test_templates_that_name_each_date_are_accepted(tmp_path: Path, text: str) -> None:
    assert read_config(tmp_path, archive__filename=text).archive.filename == text


@pytest.mark.parametrize(
    "text",
    [
        "%Y-%m.md",
        "%m-%d.md",
        "%Y-%V-%u.md",
        "digest.md",
        "%%Y-%%m-%%d",
        "%Y-%b-%d.md",
        "%A-%Y-%m-%d.md",
        "%Y-%-m-%d.md",
        "%Y-%m-%d%",
        "/srv/%Y-%m-%d.md",
        "../%Y-%m-%d.md",
        "%Y/../../%m-%d.md",
        "%Y//%m-%d.md",
        "%Y-%m-%d/",
        ".git/%Y-%m-%d.md",
        "%Y/.%m-%d.md",
        "%Y-%m-%d-" + "x" * 250,
        "",
    ],
)
def test_templates_that_name_dates_twice_or_leave_the_root_are_refused(tmp_path: Path, text: str) -> None:
    assert read_refused(tmp_path, archive__filename=text).key == "archive.filename"


@pytest.mark.parametrize(("length", "is_accepted"), [(200, True), (201, False)])
def test_a_part_of_a_path_has_up_to_200_bytes(tmp_path: Path, length: int, is_accepted: bool) -> None:
    text = "%Y%m%d" + "é" * ((length - 6) // 2) + "x" * (length % 2)
    assert len(text.encode()) == length
    if is_accepted:
        assert read_config(tmp_path, archive__filename=text).archive.filename == text
    else:
        assert "longer than 200 bytes" in read_refused(tmp_path, archive__filename=text).detail
