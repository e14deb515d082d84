"""The names of all commands and what each does, read from the files of `syncd.cli.commands` without importing them."""

from __future__ import annotations

import importlib
import os

from syncd.cli import commands


def list_command_names() -> list[str]:
    """Return the names of all commands, sorted."""
    files = os.listdir(commands.__path__[0])  # noqa: PTH208  pathlib is not imported just to list names
    return sorted(name[:-3] for name in files if name.endswith(".py") and not name.startswith("_"))


def read_summary(name: str) -> str:
    """Return what a command does, from the first line of its file. Importing all of them would be slower than the help itself."""
    try:
        with open(f"{commands.__path__[0]}/{name}.py", "rb") as file:  # noqa: PTH123  as above
            line = file.readline().decode()
    except OSError:
        line = str(importlib.import_module(f"{commands.__name__}.{name}").__doc__).partition("\n")[0]
    text = line.partition("`: ")[2].strip().strip('"')
    return text[:1].upper() + text[1:]
