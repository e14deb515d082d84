"""Hooks: the commands that a person wants run when something happened. How each ended is a value.

This module must not log, and no failure of a command may reach the archive's own work.
"""

from __future__ import annotations

import json
import os
import shlex
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING

from syncd.core.printable import printable
from syncd.core.values import dataclass
from syncd.usecases.process import Ended, Limits, environment, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from syncd.config import Config
    from syncd.core.troubles import EventName

TIMEOUT = timedelta(seconds=30)
SCHEMA = 1
MOST_OUTPUT = 4_000
"""How many bytes of each of a command's streams are kept."""

_LONGEST = 10_000
"""How many characters a variable may have. Linux starts no program with one above 128 KiB. Stdin has the whole text."""

_RESERVED = frozenset({"SYNCD_CONFIG", "SYNCD_NOW"})


@dataclass(frozen=True, slots=True)
class HookResult:
    """How one command ended. `problem` is empty when it exited with 0 in time.

    `hook` names the key, the command's number and the program, never the arguments: a webhook's address is a secret. `output` are
    printable lines of stdout, then stderr. `exit_code` is negative for a signal. It is None when the command was not started or
    was killed here.
    """

    hook: str
    exit_code: int | None
    seconds: float
    output: tuple[str, ...]
    problem: str


def fire(
    config: Config,
    event: EventName,
    facts: Mapping[str, object],
    *,
    environ: Mapping[str, str] | None = None,
    timeout: timedelta = TIMEOUT,
    ending: Callable[[], bool] = lambda: False,
    monotonic: Callable[[], float] = time.monotonic,
) -> tuple[HookResult, ...]:
    """Run every command of `hooks.on_<event>`, one after the other, and return how each ended.

    Each gets the facts as `SYNCD_<NAME>` variables and, with `schema` and `event`, as a JSON object on stdin. In a variable, None
    is empty and a list is joined by blanks. A list of objects is in the JSON object only. No shell is used. After `timeout`, or
    when `ending` says so, a command is killed with its process group. A fact's name is a lower-case identifier that is no
    variable of syncd's own (ValueError).
    """
    given = {"event": event, **facts}
    variables = _make_environment(config, os.environ if environ is None else environ)
    variables |= {
        _variable_name(fact): _format_value(value)[:_LONGEST]
        for fact, value in given.items()
        if not _has_objects(value)
    }
    stdin = json.dumps({"schema": SCHEMA, **given}, default=_to_json).encode()
    limits = Limits(timeout, MOST_OUTPUT, ending, monotonic)
    commands: tuple[str, ...] = getattr(config.hooks, f"on_{event}")
    return tuple(
        _run_command(f"hooks.on_{event} {number}", line, lambda words: run(words, stdin, variables, limits))
        for number, line in enumerate(commands, start=1)
    )


def _make_environment(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a command inherits: no secret, no fact of an older event, the same configuration."""
    kept = environment(environ)
    found = {name: value for name, value in kept.items() if not name.startswith("SYNCD_") or _is_setting(name)}
    return found | ({"SYNCD_CONFIG": str(config.path)} if config.path is not None else {})


def _is_setting(name: str) -> bool:
    return "__" in name or name in _RESERVED


def _run_command(hook: str, line: str, start: Callable[[list[str]], Ended]) -> HookResult:
    try:
        words = shlex.split(line)
    except ValueError as error:
        return HookResult(hook, None, 0.0, (), f"cannot be split into words: {error}")
    if not words:
        return HookResult(hook, None, 0.0, (), "empty command")
    ended = start(words)
    return HookResult(
        hook=f"{hook} ({printable(PurePath(words[0]).name)})",
        exit_code=ended.exit_code,
        seconds=ended.seconds,
        output=(*_printable_lines(ended.stdout), *_printable_lines(ended.stderr)),
        problem=_describe_end(ended),
    )


def _describe_end(ended: Ended) -> str:
    if ended.exit_code is None:
        return ended.trouble
    if ended.exit_code < 0:
        return f"ended by signal {-ended.exit_code}"
    return f"exited with {ended.exit_code}" if ended.exit_code else ""


def _printable_lines(data: bytes) -> list[str]:
    """Return what a log may show: no line can look like another record or control a terminal."""
    return [line for line in map(printable, data.decode(errors="replace").splitlines()) if line]


def _has_objects(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)


def _variable_name(fact: str) -> str:
    name = f"SYNCD_{fact.upper()}"
    if not (fact.isidentifier() and fact.isascii() and fact.islower()) or _is_setting(name):
        raise ValueError(f"{fact!r} cannot be the name of a fact: {name} would mean something else")
    return name


def _format_value(value: object) -> str:
    match value:
        case None:
            text = ""
        case bool():
            text = str(value).lower()
        case str():
            text = value
        case Iterable():
            text = " ".join(map(_format_value, value))
        case _:
            text = str(value)
    # No variable can hold a NUL, nor half of a surrogate pair.
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def _to_json(value: object) -> object:
    return list(value) if isinstance(value, Iterable) else str(value)
