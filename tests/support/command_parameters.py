"""How man pages and reference write what a command is given."""

from __future__ import annotations

import click


def name_argument(parameter: click.Argument, between: str = "|") -> str:
    """Return the word that stands for an argument, or the words that it may be."""
    if isinstance(parameter.type, click.Choice):
        return between.join(map(str, parameter.type.choices))
    return parameter.metavar or parameter.human_readable_name.upper()


def name_value(option: click.Option, between: str = "|") -> str:
    """Return the word that stands for the value of an option, or the words that it may be."""
    if isinstance(option.type, click.Choice):
        return between.join(map(str, option.type.choices))
    return option.metavar or ("N" if option.type.name.startswith("integer") else option.type.name.upper())
