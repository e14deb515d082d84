"""The values that each origin gives: flags, environment, credentials, a file. Every name is known, no value is checked.

It must not decide which origin wins: that is done in `syncd.config.loading`.
"""

from __future__ import annotations

import codecs
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.config.saved_searches import check_name, find_key
from syncd.config.sections import KEYS, SECRETS, SECTIONS
from syncd.config.small_files import read_small_file, translate_passing_errors
from syncd.core.errors import READING_ERRORS, ConfigError
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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


def read_flags(overrides: Mapping[str, object], mistakes: list[ConfigError]) -> Layer:
    """Return the layer of the command line, by dotted name. A flag that is None was not given. Unknown names are `mistakes`."""
    given = {name: GivenValue(value, "flag") for name, value in overrides.items() if value is not None}
    return {name: _parse_text(name, value) for name, value in _keep_known(given, mistakes).items()}


def read_environment(environ: Mapping[str, str], mistakes: list[ConfigError]) -> Layer:
    """Return the layer of the `SYNCD_SECTION__KEY` variables. Unknown keys are added to `mistakes`.

    Names without `__` are no keys (SYNCD_NOW, facts for hooks).
    """
    given = {
        name.removeprefix(PREFIX).lower().replace("__", ".", 1): GivenValue(text, name)
        for name, text in environ.items()
        if name.startswith(PREFIX) and "__" in name
    }
    return {name: _parse_text(name, value) for name, value in _keep_known(given, mistakes).items()}


def read_credentials(environ: Mapping[str, str]) -> Layer:
    """Return the layer of $CREDENTIALS_DIRECTORY. A file `database.url` there is one that `database.url_file` could name."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    found = [name for name in SECRETS if folder and _exists(Path(folder, name))]
    return {f"{name}_file": GivenValue(str(Path(folder or "", name)), "$CREDENTIALS_DIRECTORY") for name in found}


def read_file(path: Path, mistakes: list[ConfigError]) -> Layer:
    """Return the layer of a TOML file. Unknown names, or that the file cannot be read, are added to `mistakes`."""
    origin = str(path)
    try:
        content = tomllib.loads(_decode(read_small_file(path)))
    except OSError as error:
        mistake = ConfigError(f"cannot be read: {error.strerror}", origin=origin)
        mistake.__cause__ = error
        mistakes.append(mistake)
    except RecursionError:
        mistakes.append(ConfigError("is not TOML: its values are nested too deeply", origin=origin))
    except READING_ERRORS as error:
        mistakes.append(ConfigError(f"is not TOML: {error}", origin=origin))
    else:
        values = {name: GivenValue(value, origin) for name, value in _flatten(content, origin, mistakes)}
        return _keep_known(values, mistakes)
    return {}


def _decode(content: bytes) -> str:
    if content.startswith(codecs.BOM_UTF8):
        raise ValueError("it begins with a byte order mark (BOM); save it as UTF-8 without one")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"it is not UTF-8 text (at line {line})") from error


def _flatten(content: Mapping[str, object], origin: str, mistakes: list[ConfigError]) -> Iterator[tuple[str, object]]:
    for section, keys in content.items():
        if section not in SECTIONS:
            what = f"unknown {'section' if isinstance(keys, dict) else 'key'}; the nearest known one is"
            near = _find_nearest_section(section) if isinstance(keys, dict) else _find_nearest(section)
            mistakes.append(ConfigError(f"{what} {near}", key=section, origin=origin))
        elif not isinstance(keys, dict):
            mistakes.append(ConfigError(f"must be a section, written [{section}]", key=section, origin=origin))
        else:
            yield from ((f"{section}.{key}", value) for key, value in keys.items())


def _keep_known(given: Layer, mistakes: list[ConfigError]) -> Layer:
    """Return the values of known keys. Every other one is a mistake that names the nearest known key."""
    for name, value in given.items():
        if detail := _find_mistake(name, value.origin):
            mistakes.append(ConfigError(detail, key=name, origin=value.origin))
    return {name: value for name, value in given.items() if not _find_mistake(name, value.origin)}


def _find_mistake(name: str, origin: str) -> str:
    """Return in words why this is no key. The text is empty where it is one."""
    key = find_key(name)
    if key is None:
        near = variable(_find_nearest(name)) if origin.startswith(PREFIX) else _find_nearest(name)
        return f"unknown key; the nearest known one is {near}"
    try:
        if name not in KEYS:
            check_name(name.partition(".")[2])
    except ValueError as error:
        return str(error)
    return ""


def _find_nearest(name: str) -> str:
    """Return the key most like `name`: one of the same section first, then one with the same last word elsewhere."""
    section, _, last = name.rpartition(".")
    own = {key.rpartition(".")[2]: key for key in KEYS if key.startswith(f"{section}.")}
    every = {key.rpartition(".")[2]: key for key in reversed(list(KEYS))}
    for choice, cutoff in ((own, 0.6), (every, 0.6), (own or every, 0.0)):
        if found := _find_close(last, choice, cutoff):
            return choice[found[0]]
    return next(iter(KEYS))


def _find_nearest_section(name: str) -> str:
    return f"[{_find_close(name, SECTIONS, 0.0)[0]}]"


def _find_close(name: str, names: Iterable[str], cutoff: float) -> list[str]:
    """Return the name that is nearest to this one, none where all are farther than `cutoff` allows."""
    from difflib import get_close_matches  # no command needs it without a mistake

    return get_close_matches(name, list(names), n=1, cutoff=cutoff)


def _parse_text(name: str, given: GivenValue) -> GivenValue:
    """Return the TOML value that a variable or flag spells: the text itself, unless it is quoted or its kind is literal."""
    text, key = given.value, find_key(name)
    if not isinstance(text, str) or key is None or not (key.kind.literal or text.startswith(('"', "'"))):
        return given
    try:
        return GivenValue(tomllib.loads(f"value = {text}")["value"], given.origin)
    except READING_ERRORS:
        return given


def _exists(path: Path) -> bool:
    try:
        with translate_passing_errors(path):
            return path.exists()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", origin=str(path)) from error
