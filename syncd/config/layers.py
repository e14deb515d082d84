"""The values that each origin gives: flags, environment, credentials, a file. Every name is known, no value is checked.

It must not decide which origin wins: that is done in `syncd.config.loading`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.config.sections import KEYS, SECRETS, SECTIONS
from syncd.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "SYNCD_"


@dataclass(frozen=True, slots=True)
class GivenValue:
    """A TOML value and its origin: `flag`, a variable, a file, or `default`."""

    value: object
    origin: str


Layer = dict[str, GivenValue]


def variable(name: str) -> str:
    """Return the environment variable of a key: `SYNCD_ARCHIVE__ROOT` for `archive.root`."""
    return PREFIX + name.replace(".", "__").upper()


def read_flags(overrides: Mapping[str, object]) -> Layer:
    """Return the layer of the command line, by dotted name. A flag that is None was not given."""
    given = {name: value for name, value in overrides.items() if value is not None}
    return {_require_known(name, "flag"): GivenValue(_parse_text(name, value), "flag") for name, value in given.items()}


def read_environment(environ: Mapping[str, str]) -> Layer:
    """Return the layer of the `SYNCD_SECTION__KEY` variables. Names without `__` are no keys (SYNCD_NOW, facts for hooks)."""
    layer: Layer = {}
    for name, text in environ.items():
        if name.startswith(PREFIX) and "__" in name:
            key = _require_known(name.removeprefix(PREFIX).lower().replace("__", ".", 1), name)
            layer[key] = GivenValue(_parse_text(key, text), name)
    return layer


def read_credentials(environ: Mapping[str, str]) -> Layer:
    """Return the layer of $CREDENTIALS_DIRECTORY. A file `database.url` there is one that `database.url_file` could name."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    found = [name for name in SECRETS if folder and _exists(Path(folder, name))]
    return {f"{name}_file": GivenValue(str(Path(folder or "", name)), "$CREDENTIALS_DIRECTORY") for name in found}


def read_file(path: Path) -> Layer:
    """Return the layer of a TOML file. Raise ConfigError when it cannot be read or has an unknown name."""
    try:
        content = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", origin=str(path)) from error
    except ValueError as error:
        raise ConfigError(f"is not TOML: {error}", origin=str(path)) from error
    return {
        _require_known(name, str(path)): GivenValue(value, str(path)) for name, value in _flatten(content, str(path))
    }


def _flatten(content: Mapping[str, object], origin: str) -> Iterator[tuple[str, object]]:
    for section, keys in content.items():
        if section not in SECTIONS:
            what = f"unknown {'section' if isinstance(keys, dict) else 'key'}; the nearest known one is"
            near = _find_nearest_section(section) if isinstance(keys, dict) else _find_nearest(section)
            raise ConfigError(f"{what} {near}", key=section, origin=origin)
        if not isinstance(keys, dict):
            raise ConfigError(f"must be a section, written [{section}]", key=section, origin=origin)
        yield from ((f"{section}.{key}", value) for key, value in keys.items())


def _require_known(name: str, origin: str) -> str:
    if name in KEYS:
        return name
    near = variable(_find_nearest(name)) if origin.startswith(PREFIX) else _find_nearest(name)
    raise ConfigError(f"unknown key; the nearest known one is {near}", key=name, origin=origin)


def _find_nearest(name: str) -> str:
    """Return the key most like `name`: one of the same section first, then one with the same last word elsewhere."""
    section, _, last = name.rpartition(".")
    own = {key.rpartition(".")[2]: key for key in KEYS if key.startswith(f"{section}.")}
    every = {key.rpartition(".")[2]: key for key in reversed(list(KEYS))}
    for choice, cutoff in ((own, 0.6), (every, 0.6), (own or every, 0.0)):
        if found := get_close_matches(last, choice, n=1, cutoff=cutoff):
            return choice[found[0]]
    return next(iter(KEYS))


def _find_nearest_section(name: str) -> str:
    return f"[{get_close_matches(name, SECTIONS, n=1, cutoff=0.0)[0]}]"


def _parse_text(name: str, value: object) -> object:
    """Return the TOML value that a variable or flag spells: the text itself, unless it is quoted or its kind is literal."""
    if not isinstance(value, str) or not (KEYS[name].kind.literal or value.startswith(('"', "'"))):
        return value
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", origin=str(path)) from error
