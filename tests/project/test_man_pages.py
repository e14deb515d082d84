"""The man pages: in step with the program, complete, and clean to the programs that set them."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from syncd.cli.errors import EXIT_CODES
from syncd.cli.main import _syncd
from syncd.cli.registry import list_command_names
from syncd.config import KEYS, variable
from syncd.core.model import State

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "man"
PAGES = ("syncd.1", "syncd.toml.5")


def source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="ascii")


def words(name: str) -> str:
    """The text of a page as a reader sees it, in one line, without its layout."""
    text = re.sub(r"\\\[u([0-9A-F]{4})\]", lambda found: chr(int(found[1], 16)), source(name))
    for escape, char in (("\\-", "-"), ("\\(dq", '"'), ("\\(ti", "~"), ("\\(ga", "`"), ("\\&", ""), ("\\e", "\\")):
        text = text.replace(escape, char)
    return " ".join(re.sub(r'^\.\w+ |"', "", text, flags=re.MULTILINE).split())


def section(name: str, title: str) -> str:
    found = re.search(rf"^\.Sh {title}\n(.*?)(?=^\.Sh |\Z)", source(name), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_are_in_step_with_the_program(name: str) -> None:
    page: Callable[[str], str] = runpy.run_path(str(FOLDER / "generate.py"))["page"]
    assert page(name) == source(name), "bring them up to date: python docs/man/generate.py"


@pytest.mark.parametrize("name", PAGES)
def test_no_place_is_left_unfilled(name: str) -> None:
    assert not re.search(r"^@", source(name), re.MULTILINE)


@pytest.mark.parametrize("name", list_command_names())
def test_every_command_is_named_with_all_its_options(name: str) -> None:
    found = re.search(rf"^\.Ss syncd {name}\n(.*?)(?=^\.S[sh] )", source("syncd.1"), re.MULTILINE | re.DOTALL)
    assert found is not None
    command = _syncd.get_command(click.Context(_syncd), name)
    assert command is not None
    for parameter in command.params:
        for option in parameter.opts if isinstance(parameter, click.Option) and not parameter.hidden else ():
            assert f'Fl "{option[1:].replace("-", chr(92) + "-")}"' in found[1]


def test_every_global_option_is_named() -> None:
    output = section("syncd.1", "DESCRIPTION").replace("\\-", "-")
    assert all(f'Fl "{name[1:]}"' in output for option in _syncd.params for name in option.opts)


def test_every_exit_code_is_explained() -> None:
    output = re.findall(r'^\.It "([\d, ]+)"$', section("syncd.1", "EXIT STATUS"), re.MULTILINE)
    codes = {int(code) for item in output for code in item.split(", ")}
    assert codes == {0, 1, 2, 70, 130, 143, *EXIT_CODES.values()}


def test_every_state_is_explained() -> None:
    output = re.findall(r"^\.It Cm (\S+)$", section("syncd.1", "STATES"), re.MULTILINE)
    assert sorted(item.replace("\\-", "-") for item in output) == sorted(State)


@pytest.mark.parametrize("name", KEYS)
def test_every_key_is_explained_with_its_variable(name: str) -> None:
    output = words("syncd.toml.5")
    assert f" {variable(name)} " in f"{output} "
    assert " ".join(KEYS[name].meaning.replace(chr(34), "").split()) in output


def test_every_fact_that_a_hook_gets_is_named() -> None:
    source = (FOLDER.parents[1] / "syncd" / "daemon" / "notifications.py").read_text(encoding="utf-8")
    facts = set(re.findall(r'"(\w+)": ', source))
    assert {"date", "papers", "code", "message"} <= facts
    assert {fact for fact in facts if f"SYNCD_{fact.upper()}" not in section("syncd.1", "HOOKS")} == set()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "command",
    [["groff", "-mdoc", "-Tutf8", "-ww", "-z"], ["mandoc", "-Tlint", "-Wwarning"]],
    ids=lambda command: str(command[0]),
)
def test_the_pages_are_set_without_a_complaint(name: str, command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    ended = subprocess.run([*command, str(FOLDER / name)], check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_what_is_typed_can_be_copied_from_the_page() -> None:
    command = ["groff", "-mdoc", "-Tutf8", "-P-c", str(FOLDER / "syncd.1")]
    shown = re.sub(".\b", "", subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert "syncd diff --json | jq '.differences[]'" in shown
    assert 'eval "$(syncd completion bash)"' in shown
    assert "--accept-file" in shown
