"""The pages of docs/reference that name what the program knows: every name from the program, what it lacks from names.toml.

Run it after a command, an option, a key, a code, a state, a metric or a source has changed: python docs/generate_reference.py
A name of the program that `names.toml` does not explain, or explains without need, ends it with a KeyError or a ValueError.
"""

# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from textwrap import dedent
from typing import TYPE_CHECKING, get_args

import click

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # what two documents or tests share is among the tests

import syncd  # noqa: E402  its place is known only now
from syncd.cli.errors import exit_code  # noqa: E402
from syncd.cli.main import EXIT_CODES, _syncd  # noqa: E402
from syncd.cli.registry import list_command_names  # noqa: E402
from syncd.config import KEYS, variable  # noqa: E402
from syncd.config.sections import SECTIONS  # noqa: E402
from syncd.core import errors, reasons  # noqa: E402
from syncd.core.model import Certainty, Paragraphs, Severity, State  # noqa: E402
from syncd.core.results import Done  # noqa: E402
from syncd.core.troubles import EventName  # noqa: E402
from syncd.usecases.compare import source_table  # noqa: E402
from tests.support.command_parameters import name_argument, name_value  # noqa: E402
from tests.support.daemon_metrics import collect_every_metric  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from enum import StrEnum

PACKAGE = Path(syncd.__path__[0])
WORDS = tomllib.loads((HERE / "reference" / "names.toml").read_text(encoding="utf-8"))
MADE = "This page is made from the program by `make man`."


def write() -> None:
    """Bring the pages up to date."""
    for name, make in PAGES.items():
        (HERE / "reference" / f"{name}.md").write_text("\n".join(make()) + "\n", encoding="utf-8")


def list_commands() -> Iterator[str]:
    """Yield the page of the commands: how each is called, what it does, and its options."""
    yield from _begin(
        "Commands", "Every command has `--help`. Ranges are inclusive, dates are listing dates, `YYYY-MM-DD`."
    )
    yield from ("## Global options", "", "They stand before the command.", "")
    yield from _options(_syncd)
    context = click.Context(_syncd, info_name="syncd")
    for name in list_command_names():
        command = _syncd.get_command(context, name)
        if command is None:
            raise KeyError(name)
        yield from ("", f"## syncd {name}", "", f"    {_usage(name, command)}", "")
        for paragraph in dedent(command.help or "").strip().split("\n\n"):
            yield from (_prose(" ".join(paragraph.replace("\b", "").split())), "")
        yield from _options(command)


def list_keys() -> Iterator[str]:
    """Yield the page of the configuration: each key with its default, meaning and variable."""
    yield from _begin(
        "Configuration",
        "`syncd config generate` prints a file with all keys, `syncd config show` the values in use.",
        "The file is the first that exists: the one of `-c FILE`, of `$SYNCD_CONFIG`, `./config.toml`,",
        "`$XDG_CONFIG_HOME/syncd/config.toml`, `/etc/syncd/config.toml`. An option overrides a variable, which",
        "overrides the file.",
    )
    for section, kind in SECTIONS.items():
        yield from ("", f"## [{section}]", "", _prose(kind.__doc__ or ""))
        keys = [key for key in KEYS.values() if key.name.startswith(f"{section}.")]
        rows = [
            (f"`{key.name.partition('.')[2]}`", f"`{key.kind.show(key.kind.read(key.default))}`", _prose(key.meaning),
             f"`{variable(key.name)}`")
            for key in keys
        ]  # fmt: skip
        yield from ("", *_table(("key", "default", "meaning", "variable"), rows)) if rows else ()


def list_exit_codes() -> Iterator[str]:
    """Yield the page of exit codes, and of the errors behind them."""
    yield from _begin(
        "Exit codes and errors", "The first fitting line of several errors in one run: 70, 2, 11, 10, 5, 6, 4, 3, 1."
    )
    yield from ("## Exit codes", "")
    codes = re.findall(r"^  ([\d, ]+?) {2,}(.+)$", EXIT_CODES, re.MULTILINE)
    yield from _table(("code", "meaning"), codes)
    yield from (
        "",
        "When nothing is new, the code is 0. `--strict` of `status` and `diff` makes 1 of more findings.",
        "",
    )
    yield from ("## Errors", "", "`error.code` of a JSON result, or the name of a guard below.", "")
    kinds = sorted(set(_list_kinds(errors.SyncdError)), key=lambda kind: kind.code)
    rows = [
        (f"`{kind.code}`", str(exit_code(kind.__new__(kind))), _sentence(kind.__doc__ or ""))
        for kind in kinds
        if "code" in vars(kind)
    ]
    yield from _table(("error", "exit code", "meaning"), [row for row in rows if row[0] not in {"`error`", "`page`"}])
    yield from (
        "",
        "Beside these: " + ", ".join(f"`{code}` ({what})" for code, what in WORDS["other_errors"].items()) + ".",
        "",
    )
    yield from ("## Guards of pages", "", "Why a page or a feed of arXiv was rejected, or why a day is partial.", "")
    yield from _table(("guard", "meaning"), _explain(find_guards(), WORDS["guards"]))


def list_reasons() -> Iterator[str]:
    """Yield the page of reason codes with their severity and the command that helps."""
    yield from _begin(
        "Reason codes",
        "The severity depends on the code alone. A *fault* needs an action, *drift* is a later change at arXiv, a *hint* is for",
        "information. `diff` and `check` end with 1 where there is a fault.",
    )
    parts = {
        "Differences": (
            "How two versions of a mailing differ: what `diff` reports. Of damaged rows it says no more than that.",
            (*reasons.DIFFERENCES, reasons.REASONS["sql-damaged"]),
        ),
        "Format": ("How the bytes of a file deviate from the format: what `check` and `adopt` report.", reasons.FORMAT),
        "Problems": ("What `check` finds besides.", reasons.PROBLEMS),
        "Placements": ("Why a date was chosen that is not proven: `reason` of an entry.", reasons.PLACEMENTS),
    }
    for title, (what, table) in parts.items():
        rows = [
            (
                f"`{one.code}`",
                one.severity.value,
                _prose(one.meaning),
                f"`{one.repair.format(day='DATE')}`" if one.repair else "",
            )
            for one in table
        ]
        yield from ("", f"## {title}", "", what, "")
        columns = ("code", "severity", "meaning", "command that helps")
        yield from (
            _table(columns, rows) if any(row[3] for row in rows) else _table(columns[:3], [row[:3] for row in rows])
        )


def list_states() -> Iterator[str]:
    """Yield the page of the values that are words: states, actions, certainties, paragraphs, severities."""
    yield from _begin("States and other words", "The words that text, JSON and the database have in common.")
    page = (HERE / "man" / "syncd.1.in").read_text(encoding="utf-8")
    found = re.findall(
        r"^\.It Cm (\S+)\n((?:[^.\n].*\n)+)", page.partition(".Sh STATES")[2].partition(".Sh ")[0], re.MULTILINE
    )
    meanings = {name.replace("\\-", "-"): " ".join(text.split()) for name, text in found}
    parts: dict[str, tuple[str, Iterable[tuple[str, str]]]] = {
        "States": (
            "Each date has exactly one. Where several apply, the first in this order counts.",
            _explain(State, meanings),
        ),
        "Actions": ("What a command did about a date: `action`.", _explain(Done, WORDS["actions"])),
        "Certainties": ("How certain it is that an entry belongs to its mailing: `placed`.", _read_members(Certainty)),
        "Paragraphs": ("What is known of the paragraphs of an abstract: `paragraphs`.", _read_members(Paragraphs)),
        "Severities": ("How much a finding matters: `severity`.", _explain(Severity, WORDS["severities"])),
        "Origins": ("Where a mailing comes from: `source`.", _explain(WORDS["origins"], WORDS["origins"])),
    }
    for title, (what, rows) in parts.items():
        yield from ("", f"## {title}", "", what, "")
        yield from _table(("word", "meaning"), rows)


def list_metrics() -> Iterator[str]:
    """Yield the page of metrics, as Prometheus reads them."""
    yield from _begin(
        "Metrics",
        "What `/metrics` and the file of `metrics.textfile` give. `/healthz` answers 200 while `syncd_well` is 1 and during "
        "the first turn (`starting`), else 503.",
    )
    rows = [
        (f"`{name}`", kind, ", ".join(f"`{label}`" for label in labels), meaning)
        for name, (kind, meaning, labels) in read_metrics().items()
    ]
    yield from ("", *_table(("metric", "type", "labels", "meaning"), rows))


def list_hook_events() -> Iterator[str]:
    """Yield the page of hook events and of the problems that they name."""
    yield from _begin(
        "Hook events",
        "A hook gets each fact as a variable `SYNCD_…` in capitals and, without that prefix, as a member of one JSON object on",
        "standard input. `SYNCD_EVENT` is the event, `SYNCD_CONFIG` the configuration in use.",
        "[Alerts](../how-to/alerts.md) has examples.",
    )
    for event in get_args(EventName):
        yield from ("", f"## on_{event}", "", WORDS["events"][event]["what"], "")
        yield from _table(
            ("fact", "meaning"), [(f"`{name}`", text) for name, text in WORDS["events"][event]["facts"].items()]
        )
    yield from ("", "## Problems", "", "`code` of a problem, beside the errors and the codes of `check`.", "")
    yield from _table(
        ("code", "subject", "meaning"), [(f"`{code}`", *texts) for code, texts in WORDS["troubles"].items()]
    )


def list_sources() -> Iterator[str]:
    """Yield the page of sources: with what `diff` compares, where `backfill` takes mailings from, what is asked."""
    yield from _begin(
        "Sources", "Where syncd learns of papers. Intervals and addresses are in [upstream](configuration.md#upstream)."
    )
    yield from ("## syncd diff --source", "")
    named = [(f"`{name}`", _prose(source_table.summarize(name)) + ".") for name in source_table.list_names()]
    yield from _table(
        ("source", "what it is"), [(f"`{source_table.AUTO}`", "the first source that reaches the date"), *named]
    )
    yield from ("", "## syncd backfill --source", "")
    yield from _table(
        ("source", "what it is"), _explain(_read_choices("backfill", "--source"), WORDS["backfill_sources"])
    )
    yield from ("", "## Interfaces of arXiv", "")
    modules = [
        name for _, name, _ in walk_packages([str(PACKAGE / "sources")], "syncd.sources.") if name.count(".") == 2
    ]
    rows = [(f"`{name}`", _sentence(import_module(name).__doc__ or "")) for name in modules]
    yield from _table(("module", "what it reads"), rows)


def list_json_fields() -> Iterator[str]:
    """Yield the page of JSON fields, by command."""
    yield from _begin(
        "JSON fields",
        'One object on standard output: `"schema": 1`, `command`, `exit_code`, and the fields of the command. Fields are only',
        "added, never renamed or removed. What is not known is null. `[]` marks the members of a list.",
    )
    commands = WORDS["json"]
    for name, fields in commands.items():
        yield from ("", f"## {name}", "")
        rows = [(f"`{path}`", text) for path, text in fields.items()]
        yield from _table(("field", "meaning"), rows)


def read_metrics() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Return type, meaning and labels of every metric of a daemon that saw everything, by the name of its samples."""
    return {
        family.samples[0].name: (family.type, family.documentation, tuple(family.samples[0].labels))
        for family in collect_every_metric()
    }


def find_guards() -> set[str]:
    """Return the names of guards: what the code gives as `reason` of a rejected page, or to a `_refuse`."""
    found: set[str] = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] in {"core", "sources", "usecases"}:
            source = path.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(source)) if "reason" in source or "_refuse" in source else ():
                if isinstance(node, ast.Call):
                    found.update(_read_guards(node))
                # Other modules have reasons, too, but not of pages.
                names = {"reason", "REASON"} if path.name in {"guards.py", "lost_records.py"} else set()
                if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in names:
                    found.update(_read_choice(node.value))
    return {name for name in found if re.fullmatch(r"[a-z]+(-[a-z]+)*", name)}


def _read_guards(call: ast.Call) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in {"PageError", "PartialPage", "LayoutUnknown", "GuardRefused"}:
        for keyword in call.keywords:
            if keyword.arg == "reason":
                yield from _read_choice(keyword.value)
    if name == "_refuse":
        yield from (text for one in call.args for text in _read_choice(one))


def _read_choice(node: ast.expr) -> Iterator[str]:
    """Yield the texts that an expression may give: its own, or the two of a condition."""
    for one in [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]:
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def _begin(title: str, *lines: str) -> Iterator[str]:
    yield from (f"# {title}", "", *lines, MADE, "")


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield "|---" * len(columns) + "|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _explain(names: Iterable[str], meanings: dict[str, str]) -> list[tuple[str, str]]:
    """Return rows in the order of the names. ValueError where a meaning has no name any more."""
    listed = sorted(names) if isinstance(names, set) else list(names)
    if extra := meanings.keys() - set(map(str, listed)):
        raise ValueError(f"explained, but unknown to the program: {extra}")
    return [(f"`{name!s}`", meanings[str(name)]) for name in listed]


def _read_members(kind: type[StrEnum]) -> list[tuple[str, str]]:
    """Return the members of an enumeration with the texts below them."""
    source = (PACKAGE / "core" / "model.py").read_text(encoding="utf-8")
    (body,) = (
        node.body for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == kind.__name__
    )
    texts = [
        node.value.value for node in body[1:] if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ]
    return [(f"`{member.value}`", str(text)) for member, text in zip(kind, texts, strict=True)]


def _list_kinds(root: type[errors.SyncdError]) -> Iterator[type[errors.SyncdError]]:
    for kind in root.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield kind
        yield from _list_kinds(kind)


def _read_choices(command: str, option: str) -> list[str]:
    for parameter in import_module(f"syncd.cli.commands.{command}").command.params:
        if option in parameter.opts:
            return [str(choice) for choice in parameter.type.choices]
    raise KeyError(option)


def _usage(name: str, command: click.Command) -> str:
    words = ["syncd", name]
    words += ["[OPTIONS]"] if any(isinstance(one, click.Option) for one in command.params) else []
    return " ".join([*words, *(name_argument(one) for one in command.params if isinstance(one, click.Argument))])


def _options(command: click.Command) -> Iterator[str]:
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    if options:
        yield from _table(("option", "meaning"), [(_option(option), _describe(option)) for option in options])


def _option(option: click.Option) -> str:
    value = "" if option.is_flag or option.count else f" {name_value(option)}"
    return ", ".join(
        f"`{name}{value if name == option.opts[-1] else ''}`" for name in (*option.opts, *option.secondary_opts)
    )


def _describe(option: click.Option) -> str:
    parts = [_prose(option.help or "How it is printed.")]
    parts += ["Required."] if option.required else []
    parts += [f"Default: `{option.default}`."] if option.show_default and option.default is not None else []
    return " ".join(parts)


def _sentence(text: str) -> str:
    """Return the first sentence of a docstring."""
    return _prose(re.split(r"(?<=\.)\s", " ".join(text.split()), maxsplit=1)[0])


def _prose(text: str) -> str:
    """Return a text in which nothing but code is markup."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([*_<\[\]])", r"\\\1", part) for part in parts)


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "commands": list_commands,
    "configuration": list_keys,
    "exit-codes": list_exit_codes,
    "reasons": list_reasons,
    "states": list_states,
    "json": list_json_fields,
    "metrics": list_metrics,
    "hooks": list_hook_events,
    "sources": list_sources,
}

if __name__ == "__main__":
    write()
