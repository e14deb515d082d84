"""The reference: in step with the program, and every field, fact and code that the program gives is explained."""

from __future__ import annotations

import ast
import json
import re
import runpy
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from syncd.cli.main import exit_code_of
from syncd.cli.registry import list_command_names
from syncd.core.troubles import HookEvent, Trouble
from syncd.daemon.notifications import trouble_facts
from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server, config_text
from tests.support.command_line import DAYS, digest_file
from tests.support.small_archive import noon
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "reference"
HELP = "bring the reference up to date: make man"
WORDS = tomllib.loads((FOLDER / "names.toml").read_text(encoding="utf-8"))
NOW = noon(DAYS[3])
BY_WORD = {"placed", "expected_right", "states"}
"""Fields whose members are named by words that another page explains."""
RUNS = {
    "ack": ["ack", "ack file-damaged"],
    "adopt, repair, replay, sync": [
        "adopt from-before",
        "sync --dry-run",
        "sync 2026-07-03",
        "sync 2026-07-04",
        "sync 2019-01-01",
    ],
    "backfill": ["backfill --since 2026-06-29 --plan", "backfill --since 2026-06-29 --source oai"],
    "calendar": ["calendar 2026-07"],
    "check": ["check", "check 2026-07-04"],
    "config": ["config validate", "config generate", "config show"],
    "db": ["db current", "db check", "db upgrade", "db copy sqlite:///copy.db --dry-run"],
    "diff, replay --verify": ["diff --plan", "diff 2026-06-30 2026-07-04"],
    "doctor": ["doctor --offline"],
    "export": ["export -o papers.jsonl"],
    "list": ["list"],
    "open": ["open 2606.31288"],
    "report": ["report", "report --list revised"],
    "requests": ["requests"],
    "search": ["search shadow", "search shadow --by month", "search --reindex"],
    "show DATE": ["show 2026-07-01"],
    "show ID": ["show 2606.31288"],
    "status": ["status"],
}
"""Commands that are run with --json, by their part of the page. `rehearse` takes half a minute and is left out."""


@cache
def generator() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "generate_reference.py"))


@pytest.mark.parametrize("name", generator()["PAGES"])
def test_the_pages_are_in_step_with_the_program(name: str) -> None:
    page = "\n".join(generator()["PAGES"][name]()) + "\n"
    assert page == (FOLDER / f"{name}.md").read_text(encoding="utf-8"), HELP


def list_paths(value: object, before: str = "") -> Iterator[str]:
    """Yield the path of every field of a JSON value, as the page writes it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{before}.{name}".lstrip(".")
            if name not in BY_WORD:
                yield from list_paths(inner, f"{before}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from list_paths(inner, f"{before}[]")


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The fields that the commands of each part print."""
    from contextlib import chdir, redirect_stderr, redirect_stdout
    from io import StringIO

    folder = tmp_path_factory.mktemp("archive")
    copy_synced(folder, NOW)
    digest_file(folder)
    found: dict[str, set[str]] = {}
    with Server(small_history(), lambda: NOW) as server, pytest.MonkeyPatch.context() as environment, chdir(folder):
        environment.setenv("SYNCD_NOW", NOW.isoformat())
        (folder / "config.toml").write_text(config_text(server, str(folder)), encoding="utf-8")
        (folder / "archive" / "2026" / "2026-07-02.md").write_bytes(b"damaged")
        for part, commands in RUNS.items():
            for command in commands:
                output = StringIO()
                with redirect_stdout(output), redirect_stderr(StringIO()):
                    exit_code_of([*command.split(), "--json"])
                found.setdefault(part, set()).update(list_paths(json.loads(output.getvalue())))
    return found


def test_every_command_that_answers_in_json_has_a_part() -> None:
    explained = {name.split()[0] for part in WORDS["json"] for name in part.split(", ")}
    assert explained - {"every"} == set(list_command_names()) - {"completion", "run", "serve"}


@pytest.mark.parametrize("part", RUNS)
def test_every_field_that_a_command_prints_is_explained(part: str, printed: dict[str, set[str]]) -> None:
    common = {path.removeprefix("days[].") for path in WORDS["json"]["every command"]}
    within_days = {f"days[].{path}" for path in common}
    assert printed[part] - WORDS["json"][part].keys() - common - within_days == set()
    assert len(printed[part]) > 3


def test_every_field_that_is_explained_is_a_name_in_the_code() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "syncd").rglob("*.py"))
    names = set(re.findall(r"\w+", code))
    explained = {path.rpartition(".")[2].removesuffix("[]") for fields in WORDS["json"].values() for path in fields}
    assert explained - names == set()


@pytest.mark.parametrize("event", ["problem", "recovered"])
def test_every_fact_of_a_problem_is_explained(event: Any) -> None:
    facts = trouble_facts(HookEvent(event, Trouble("late", "2026-07-13", "message", "help")))
    assert list(WORDS["events"][event]["facts"]) == list(facts)


def test_every_fact_of_a_new_mailing_is_explained() -> None:
    source = (ROOT / "syncd" / "daemon" / "notifications.py").read_text(encoding="utf-8")
    (function,) = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == "_mailing_facts"
    )
    (facts,) = (node for node in ast.walk(function) if isinstance(node, ast.Dict))
    assert [key.value for key in facts.keys if isinstance(key, ast.Constant)] == list(WORDS["events"]["new"]["facts"])


def test_every_kind_of_problem_that_only_the_daemon_reports_is_explained() -> None:
    codes: set[str] = set()
    constants = {
        "MISSED": "mailing-missed",
        "DIFFERENCE": "difference",
        "SILENT": "upstream-silent",
        "STOPPED": "stopped",
        "CLOCK": "host-clock",
    }
    found_now = [ROOT / "syncd" / "usecases" / "inspect" / f"{name}.py" for name in ("open_troubles", "host_clock")]
    for path in [ROOT / "syncd" / "core" / "health.py", *found_now, *(ROOT / "syncd" / "daemon").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "Trouble"
                and node.args
            ):
                code = node.args[0]
                named = code.value if isinstance(code, ast.Constant) else constants.get(getattr(code, "id", ""), "")
                codes.add(str(named))
    assert codes - {""} == set(WORDS["troubles"])
