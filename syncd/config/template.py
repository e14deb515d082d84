"""The configuration as text: the default file with comments, and the effective values with their origins.

It must not show a password.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from syncd.config.addresses import mask_secrets
from syncd.config.saved_searches import list_searches
from syncd.config.sections import KEYS, SECTIONS, Config, Key, SearchesConfig
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = """\
# The configuration of syncd: every key with its default.
# Looked up: -c FILE, $SYNCD_CONFIG, ./config.toml, $XDG_CONFIG_HOME/syncd/config.toml, /etc/syncd/config.toml.
# A flag overrides a variable SYNCD_SECTION__KEY, which overrides this file, which overrides the default.
# Relative paths start from $STATE_DIRECTORY if it is set, else from the folder of this file.
# Durations and sizes have units: 15s, 15m, 2h30m, 1d, 64MiB, 500kB.
# Put passwords into the file that a *_file key names, or into $CREDENTIALS_DIRECTORY under the name of the key (database.url).
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """One effective value: `value` is TOML text with passwords masked, `origin` as in `Config.origins`."""

    key: str
    value: str
    origin: str


def template() -> str:
    """Return the default configuration with a comment for every key. Reading it gives the defaults."""
    return _HEAD + "".join(f"\n{block}" for block in map(_format_section, SECTIONS))


def describe(config: Config) -> tuple[Setting, ...]:
    """Return every effective value, in the order of the template."""
    keys = {key.name: key for key in (*KEYS.values(), *list_searches(config.origins))}
    return tuple(
        Setting(name, _show(key, _find_value(config, name)), config.origins.get(name, "default"))
        for name, key in keys.items()
    )


def _format_section(section: str) -> str:
    lines = [f"# {SECTIONS[section].__doc__}", f"[{section}]"]
    for key in KEYS.values():
        if key.name.startswith(f"{section}."):
            lines += _format_key(key)
    return "\n".join(lines) + "\n"


def _format_key(key: Key) -> Iterator[str]:
    yield from (f"# {line}" for line in wrap(key.meaning, 110))
    yield f"{key.name.partition('.')[2]} = {_show(key, key.kind.read(key.default))}"


def _find_value(config: Config, name: str) -> object:
    section, _, last = name.partition(".")
    found = getattr(config, section)
    value: object = found.queries[last] if isinstance(found, SearchesConfig) else getattr(found, last)
    return value


def _show(key: Key, value: object) -> str:
    return key.kind.show(mask_secrets(value) if key.secret and isinstance(value, str) else value)
