"""What must hold for every error, every command and every code, also for those still to come."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING

import click
import pytest

import syncd
from syncd.cli.errors import EXIT_CODES, exit_code
from syncd.cli.main import EXIT_CODES as EXIT_CODE_HELP
from syncd.cli.registry import list_command_names, read_summary
from syncd.core import errors
from syncd.core.model import Severity, State
from syncd.core.reasons import REASONS
from syncd.core.results import Done
from syncd.report import error_messages
from syncd.report.terminal import COLOURS

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAVY = {
    "alembic",
    "apscheduler",
    "dataclasses",
    "feedparser",
    "httpx",
    "pathlib",
    "selectolax",
    "sqlalchemy",
    "tenacity",
}
CHANGING = {"ack", "adopt", "sync", "repair", "backfill", "requests", "db", "replay", "run", "publish"}
"""Commands that change something; what only they do is planned under --dry-run."""


def kinds(root: type[errors.SyncdError]) -> Iterator[type[errors.SyncdError]]:
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


for module in walk_packages(syncd.__path__, "syncd."):
    if not module.name.startswith(("syncd.migrations", "syncd.__main__")):
        import_module(module.name)
ERRORS = sorted(
    (kind for kind in set(kinds(errors.SyncdError)) - {errors.SyncdError} if kind.__module__.startswith("syncd.")),
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_has_words_of_its_own_and_a_code_that_the_help_names(kind: type[errors.SyncdError]) -> None:
    assert any(parent in error_messages._MAKERS for parent in kind.__mro__[:-1])
    code = exit_code(kind.__new__(kind))
    assert code != 70
    assert re.search(rf"^  (\d+, )*{code}\b", EXIT_CODE_HELP, re.MULTILINE)


def test_codes_of_errors_are_one_of_a_kind() -> None:
    codes = [kind.code for kind in ERRORS if "code" in vars(kind)]  # a narrower kind may keep the code of its parent
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code) for code in codes)


def test_no_exit_code_is_for_an_error_that_is_gone() -> None:
    assert set(EXIT_CODES) <= set(ERRORS)


def test_every_exit_code_of_the_help_is_explained_once() -> None:
    codes = re.findall(r"^  ([\d, ]+?) +[a-z]", EXIT_CODE_HELP, re.MULTILINE)
    assert codes == ["0", "1", "2", "3", "4", "5", "6", "10", "11", "70", "130, 143"]


@pytest.mark.parametrize("name", list_command_names())
def test_every_command_is_one_file_that_begins_with_what_it_does(name: str) -> None:
    module = import_module(f"syncd.cli.commands.{name}")
    assert re.fullmatch(rf"`syncd {name}`: [a-z].*[^.]\.", (module.__doc__ or "").splitlines()[0])
    assert read_summary(name)[0].isupper()
    assert len(read_summary(name)) <= 80
    assert isinstance(module.command, click.Command)
    assert module.command.help


@pytest.mark.parametrize("name", list_command_names())
def test_every_command_answers_in_json_and_plans_what_it_would_change(name: str) -> None:
    options = {
        option for parameter in import_module(f"syncd.cli.commands.{name}").command.params for option in parameter.opts
    }
    assert "--json" in options or name in {"completion", "run", "serve"}
    assert ({"-n", "--dry-run"} <= options) is (name in CHANGING)


@pytest.mark.parametrize("name", list_command_names())
def test_no_command_imports_a_heavy_library_before_it_is_called(name: str) -> None:
    source = inspect.getsource(import_module(f"syncd.cli.commands.{name}"))
    imported = re.findall(r"^(?:from|import) ([\w.]+)", source, re.MULTILINE)
    # The table of sources reads the names of files only: `diff --source` offers them.
    light = {"syncd.cli.options", "syncd.core.plural", "syncd.usecases.compare"}
    assert {name for name in imported if name.startswith("syncd")} <= light
    assert set(imported).isdisjoint(HEAVY)


def test_every_state_severity_and_action_has_a_colour() -> None:
    assert {*map(str, State), *map(str, Severity), *map(str, Done)} <= set(COLOURS)


def test_every_repair_is_a_command_that_exists_or_is_promised() -> None:
    promised = {"replay", "backfill"}
    for reason in REASONS.values():
        if reason.repair:
            program, command, *_ = reason.repair.split()
            assert program == "syncd"
            assert command in {*list_command_names(), *promised}
