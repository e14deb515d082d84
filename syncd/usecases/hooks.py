"""The commands a person wants run when something happened: facts in their environment and on their stdin, their end as a value.

It must not log, and no failure of a command may reach the archive's own work.
"""

from __future__ import annotations

import json
import os
import shlex
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from syncd.core.printable import printable
from syncd.usecases.process import Ended, Limits, environment, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from syncd.config import Config

Event = Literal["new", "problem", "recovered"]

TIMEOUT = timedelta(seconds=30)
SCHEMA = 1
MOST_OUTPUT = 4_000
"""So many bytes of each of a command's streams are kept."""

_LONGEST = 10_000
"""A variable is cut to so many characters (Linux starts nothing with one above 128 KiB); stdin has the whole."""

_RESERVED = frozenset({"SYNCD_CONFIG", "SYNCD_NOW"})


@dataclass(frozen=True, slots=True)
class HookResult:
    """How one command ended; `problem` is empty when it exited with 0 in time.

    `hook` names key, place and program, never the arguments: a webhook's address is a secret. `output` are printable lines of
    stdout, then stderr. `exit_code` is negative for a signal, None when it was not started or was killed here.
    """

    hook: str
    exit_code: int | None
    seconds: float
    output: tuple[str, ...]
    problem: str


def fire(
    config: Config,
    event: Event,
    facts: Mapping[str, object],
    *,
    environ: Mapping[str, str] | None = None,
    timeout: timedelta = TIMEOUT,
    ending: Callable[[], bool] = lambda: False,
    monotonic: Callable[[], float] = time.monotonic,
) -> tuple[HookResult, ...]:
    """Run every command of `hooks.on_<event>`, one after the other, and say how each ended.

    Each gets the facts as `SYNCD_<NAME>` variables and, with `schema` and `event`, as a JSON object on stdin; None is empty,
    lists are joined by blanks in a variable. No shell; after `timeout`, or when `ending` says so, a command is killed with its
    process group. A fact's name is a lower-case identifier that is no variable of syncd's own (ValueError).
    """
    told = {"event": event, **facts}
    variables = _inherited(config, os.environ if environ is None else environ)
    variables |= {_name(fact): _text(value)[:_LONGEST] for fact, value in told.items()}
    stdin = json.dumps({"schema": SCHEMA, **told}, default=_plain).encode()
    limits = Limits(timeout, MOST_OUTPUT, ending, monotonic)
    commands: tuple[str, ...] = getattr(config.hooks, f"on_{event}")
    return tuple(
        _run(f"hooks.on_{event} {number}", line, lambda words: run(words, stdin, variables, limits))
        for number, line in enumerate(commands, start=1)
    )


def _inherited(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """What a command has of this process's environment: no secret, no fact of an older event, the same configuration."""
    kept = environment(environ)
    found = {name: value for name, value in kept.items() if not name.startswith("SYNCD_") or _is_setting(name)}
    return found | ({"SYNCD_CONFIG": str(config.path)} if config.path is not None else {})


def _is_setting(name: str) -> bool:
    return "__" in name or name in _RESERVED


def _run(hook: str, line: str, start: Callable[[list[str]], Ended]) -> HookResult:
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
        output=(*_lines(ended.stdout), *_lines(ended.stderr)),
        problem=_problem(ended),
    )


def _problem(ended: Ended) -> str:
    if ended.exit_code is None:
        return ended.trouble
    if ended.exit_code < 0:
        return f"ended by signal {-ended.exit_code}"
    return f"exited with {ended.exit_code}" if ended.exit_code else ""


def _lines(data: bytes) -> list[str]:
    """What a log may show: no line can pass for another record or steer a terminal."""
    return [line for line in map(printable, data.decode(errors="replace").splitlines()) if line]


def _name(fact: str) -> str:
    name = f"SYNCD_{fact.upper()}"
    if not (fact.isidentifier() and fact.isascii() and fact.islower()) or _is_setting(name):
        raise ValueError(f"{fact!r} cannot be the name of a fact: {name} would mean something else")
    return name


def _text(value: object) -> str:
    match value:
        case None:
            text = ""
        case bool():
            text = str(value).lower()
        case str():
            text = value
        case Iterable():
            text = " ".join(map(_text, value))
        case _:
            text = str(value)
    # No variable can hold a NUL, nor half of a surrogate pair.
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def _plain(value: object) -> object:
    return list(value) if isinstance(value, Iterable) else str(value)
