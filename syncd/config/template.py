"""The configuration as text: the commented default file, and the effective values with their origins.

It must not show a password.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

from syncd.config.addresses import mask_secrets
from syncd.config.sections import KEYS, SECTIONS, Config, Key

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = """\
# The configuration of syncd: every key with its default.
# Looked up: -c FILE, $SYNCD_CONFIG, ./config.toml, $XDG_CONFIG_HOME/syncd/config.toml, /etc/syncd/config.toml.
# A flag wins over a variable SYNCD_SECTION__KEY, that over this file, this over the default.
# Relative paths start from $STATE_DIRECTORY where it is set, else from this file's folder.
# Durations have units (15s, 15m, 2h30m, 1d), and so have sizes (64MiB, 500kB).
# Passwords belong into the file that a *_file key names, or into $CREDENTIALS_DIRECTORY under the key's name (database.url).
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """One effective value: `value` is TOML text with passwords masked, `origin` as in `Config.origins`."""

    key: str
    value: str
    origin: str


def template() -> str:
    """The default configuration with a comment for every key; reading it gives the defaults."""
    return _HEAD + "".join(f"\n{block}" for block in map(_section, SECTIONS))


def describe(config: Config) -> tuple[Setting, ...]:
    """Every effective value in the template's order."""
    return tuple(
        Setting(name, _shown(key, _value(config, name)), config.origins.get(name, "default"))
        for name, key in KEYS.items()
    )


def _section(section: str) -> str:
    lines = [f"# {SECTIONS[section].__doc__}", f"[{section}]"]
    for key in KEYS.values():
        if key.name.startswith(f"{section}."):
            lines += _lines(key)
    return "\n".join(lines) + "\n"


def _lines(key: Key) -> Iterator[str]:
    yield from (f"# {line}" for line in wrap(key.meaning, 110))
    yield f"{key.name.partition('.')[2]} = {_shown(key, key.kind.read(key.default))}"


def _value(config: Config, name: str) -> object:
    section, _, last = name.partition(".")
    value: object = getattr(getattr(config, section), last)
    return value


def _shown(key: Key, value: object) -> str:
    return key.kind.show(mask_secrets(value) if key.secret and isinstance(value, str) else value)
