"""The tutorial and the how-tos: every command in them that needs no root, no network and no systemd is run as it stands."""

from __future__ import annotations

import re
import runpy
import shutil
from pathlib import Path

import pytest

from tests.support.guide_archive import open_guide_folder, read_commands, run_command

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [page for page in sorted(DOCS.rglob("*/*.md")) if read_commands(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_page_does_what_the_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_guide_folder(tmp_path, monkeypatch, synced=True):
        for command in read_commands(page.read_text(encoding="utf-8")):
            program = command.line.split()[0]
            if program != "syncd" and shutil.which(program) is None:
                pytest.skip(f"needs {program}")
            code, output = run_command(command)
            assert code == command.expected, f"{command.line}\n{output}"


def test_the_tutorial_does_what_it_says_and_its_pictures_show_what_is_printed_today() -> None:
    drawn = runpy.run_path(str(DOCS / "generate_pictures.py"))["draw"]()
    kept = {path.stem: path.read_text(encoding="utf-8") for path in (DOCS / "images").glob("*.svg")}
    assert drawn == kept, "draw them again: make pictures"


def test_the_digest_that_the_readme_shows_is_the_beginning_of_a_real_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    shown = [line.strip() for line in re.findall(r"^    ((?:#|>).*)$", readme, re.MULTILINE)]
    with open_guide_folder(tmp_path, monkeypatch, synced=True):
        digest = Path("archive/2026/2026-07-08.md").read_text(encoding="utf-8").splitlines()
    assert shown == [line.strip() for line in digest[: len(shown)]]
    assert len(shown) == 3


def test_commands_are_found() -> None:
    assert {"backup", "change-settings", "problems"} <= {page.stem for page in PAGES}
