"""The man pages: prose from the `.in` files beside this one, commands and keys from the program itself.

Run it after a command, an option or a key has changed: python docs/man/generate.py
"""

# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import re
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import click

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))  # what man pages and reference share is among the tests

from syncd.cli.main import EXIT_CODES, _syncd  # noqa: E402  its place is known only now
from syncd.cli.registry import list_command_names  # noqa: E402
from syncd.config import KEYS, variable  # noqa: E402
from syncd.config.sections import SECTIONS  # noqa: E402
from tests.support.command_parameters import name_argument, name_value  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncd.config.sections import Key

PAGES = ("syncd.1", "syncd.toml.5")


def page(name: str) -> str:
    """The text of one page in mdoc(7), pure ASCII."""
    text = (HERE / f"{name}.in").read_text(encoding="utf-8")
    for place, lines in PARTS.items():
        text = text.replace(f"@{place}@\n", "".join(f"{line}\n" for line in lines()))
    return "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in text)


def write() -> None:
    """Bring the pages beside this file up to date."""
    for name in PAGES:
        (HERE / name).write_text(page(name), encoding="ascii")


def global_options() -> Iterator[str]:
    """The options that stand before the command."""
    yield from _options(_syncd)


def commands() -> Iterator[str]:
    """Every command: how it is called, what it does, its options."""
    context = click.Context(_syncd, info_name="syncd")
    for name in list_command_names():
        found = _syncd.get_command(context, name)
        if found is not None:
            yield from _command(name, found)


def exit_codes() -> Iterator[str]:
    """The codes, as `--help` has them."""
    yield ".Bl -tag -width 130,_143 -compact"
    for code, meaning in re.findall(r"^  ([\d, ]+?) {2,}(.+)$", EXIT_CODES, re.MULTILINE):
        yield f".It {_macro(code)}"
        yield _plain(f"{meaning}.")
    yield ".El"


def keys() -> Iterator[str]:
    """Every key of the configuration with its default, meaning and variable, by section."""
    for section, kind in SECTIONS.items():
        yield f".Ss [{section}]\\&"
        yield from _sentences(kind.__doc__ or "")
        if keys := [key for key in KEYS.values() if key.name.startswith(f"{section}.")]:
            yield ".Bl -tag -width Ds"
            yield from (line for key in keys for line in _key(key))
            yield ".El"


def _key(key: Key) -> Iterator[str]:
    default = key.kind.show(key.kind.read(key.default))
    yield f".It Ic {_macro(key.name.partition('.')[2])} = Li {_macro(default)}"
    yield from _sentences(key.meaning)
    yield ".br"
    yield f".Ev {variable(key.name)}"


def _command(name: str, command: click.Command) -> Iterator[str]:
    yield f".Ss syncd {name}"
    yield ".Bd -ragged"
    yield " ".join([f".Nm syncd Cm {name}", *_call(command)])
    yield ".Ed"
    for paragraph in dedent(command.help or "").strip().split("\n\n"):
        yield ".Pp"
        yield from _sentences(" ".join(paragraph.split()))
    yield from _options(command)


def _call(command: click.Command) -> Iterator[str]:
    if any(isinstance(parameter, click.Option) for parameter in command.params):
        yield "Oo Ar options Oc"
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            yield f"Ar {_macro(name_argument(parameter, ' | '))}"


def _options(command: click.Command) -> Iterator[str]:
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    if options:
        yield ".Bl -tag -width Ds"
        for option in options:
            yield from _option(option)
        yield ".El"


def _option(option: click.Option) -> Iterator[str]:
    names = " , ".join(f"Fl {_macro(name[1:])}" for name in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag or option.count else f" Ar {_macro(name_value(option, ' | '))}"
    yield f".It {names}{value}"
    yield from _sentences(option.help or "How it is printed.")
    if option.required:
        yield "Required."
    if option.show_default and option.default is not None:
        yield _plain(f"Default: {option.default}.")


def _sentences(text: str) -> Iterable[str]:
    """Each sentence on a line of its own, as mdoc wants it."""
    return map(_plain, re.split(r"(?<=[.:;]) (?=[A-Z])", text))


def _plain(text: str) -> str:
    """A line of text in which nothing is a request or an escape."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti").replace("`", "\\(ga")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _macro(text: str) -> str:
    """One argument of a macro, in which nothing is a macro's name or a quote."""
    return '"' + _plain(text).replace('"', "\\(dq") + '"'


PARTS = {"global-options": global_options, "commands": commands, "exit-codes": exit_codes, "keys": keys}

if __name__ == "__main__":
    write()
