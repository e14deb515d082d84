"""The making of a configuration: a file is looked up, layers are laid over each other, values are read and checked.

It must not use the process's own environment: that is an argument, as is the folder to start from.

flags > SYNCD_SECTION__KEY > credentials > file > default   ─► read ─► anchor ─► Config ─► rules
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncd.config import layers, rules
from syncd.config.layers import GivenValue, Layer
from syncd.config.saved_searches import list_searches
from syncd.config.sections import KEYS, SECTIONS, Config, Key, SearchesConfig
from syncd.config.small_files import read_small_file, translate_passing_errors
from syncd.core.errors import ConfigError, ConfigErrors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SYSTEM = Path("/etc/syncd/config.toml")


def load(
    path: Path | None,
    environ: Mapping[str, str],
    overrides: Mapping[str, object],
    *,
    folder: Path | None = None,
    with_programs: bool = False,
) -> Config:
    """Return the effective configuration. Raise ConfigError when a file, a name or a value cannot be used.

    Several mistakes are raised together, as ConfigErrors.

    `path` is the file of `-c`. Without it the file is looked up, and it is no error when there is none. `overrides` are
    flags by dotted name, None for one not given. `folder` stands for the working directory. `with_programs`: a hook whose
    program is not in $PATH is a mistake, too.
    """
    start = _find_working_folder(path, environ) if folder is None else folder
    found = _look_up(path, environ, start)
    mistakes: list[ConfigError] = []
    given = [
        layers.read_flags(overrides, mistakes),
        layers.read_environment(environ, mistakes),
        layers.read_credentials(environ),
    ]
    if found is not None:
        given.append(layers.read_file(found, mistakes))
    config = _build(given, _choose_base(environ, start, found), found, mistakes)
    if found is None and not any(given[1:]):
        config = replace(config, searched=tuple(_list_usual_files(environ, start)))
    mistakes += rules.list_broken(config, unknown={str(mistake.key) for mistake in mistakes})
    if with_programs:
        mistakes += rules.list_missing_programs(config, environ.get("PATH"))
    raise_mistakes(mistakes)
    given_name = _find_first("archive.category", given).value
    warnings = (
        *rules.list_warnings(config, given_name),
        *rules.list_exposed_secrets(config),
        *_find_misspelt(environ),
    )
    return replace(config, warnings=warnings)


def _find_working_folder(path: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the working folder. Where it was removed, that of a configuration that is named by an absolute path will do."""
    try:
        return Path.cwd()
    except OSError as error:
        named = path or Path(environ.get("SYNCD_CONFIG", ""))
        if named.is_absolute():
            return named.parent
        raise ConfigError("the current folder was removed; change to another one, for example: cd") from error


def raise_mistakes(mistakes: Sequence[ConfigError]) -> None:
    """Raise all mistakes as one error. Return when there are none."""
    if len(mistakes) > 1:
        raise ConfigErrors(mistakes)
    if mistakes:
        raise mistakes[0]


def _look_up(path: Path | None, environ: Mapping[str, str], folder: Path) -> Path | None:
    if path is not None:
        return folder / path
    if named := environ.get("SYNCD_CONFIG"):
        return folder / named
    return next(filter(_is_file, _list_usual_files(environ, folder)), None)


def _list_usual_files(environ: Mapping[str, str], folder: Path) -> Iterator[Path]:
    yield folder / "config.toml"
    if home := environ.get("XDG_CONFIG_HOME"):
        yield Path(home, "syncd", "config.toml")
    elif home := environ.get("HOME"):
        yield Path(home, ".config", "syncd", "config.toml")
    yield SYSTEM


def _is_file(path: Path) -> bool:
    try:
        # Of a disk that fails for now, it is not known whether it holds a configuration: that is no reason to use another one.
        with translate_passing_errors(path):
            return path.is_file()
    except OSError:
        # A folder that may not be entered, as another user's home, holds no file for this process.
        return False


def _choose_base(environ: Mapping[str, str], folder: Path, found: Path | None) -> Path:
    """Return the folder that relative paths start from."""
    # systemd separates several state directories by a colon.
    state = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return folder / state if state else (found.parent if found else folder)


def _build(given: Sequence[Layer], base: Path, path: Path | None, mistakes: list[ConfigError]) -> Config:
    """Return the configuration. A key whose value cannot be used is a mistake, and has its default."""
    values: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    origins: dict[str, str] = {}
    for key in (*KEYS.values(), *list_searches(name for layer in given for name in layer)):
        name, (section, _, last) = key.name, key.name.partition(".")
        try:
            found = _find_secret(key, given, base) if key.secret else _find_first(name, given)
            value = _read(key, found)
        except ConfigError as mistake:
            mistakes.append(mistake)
            if name not in KEYS:
                continue
            found = GivenValue(key.default, "default")
            value = _read(key, found)
        values[section][last] = key.kind.anchor(value, base)
        origins[name] = found.origin
    searches = SearchesConfig(values.pop("searches"))
    sections = {section: kind(**values[section]) for section, kind in SECTIONS.items() if section in values}
    return Config(**sections, searches=searches, path=path, origins=origins)


def _find_first(name: str, given: Sequence[Layer]) -> GivenValue:
    values = (layer[name] for layer in given if name in layer)
    return next(values, GivenValue(KEYS[name].default if name in KEYS else "", "default"))


def _find_secret(key: Key, given: Sequence[Layer], base: Path) -> GivenValue:
    """Return the first value for a key that has a `_file` twin. A value left at its default does not contradict the file."""
    twin = KEYS[f"{key.name}_file"]
    for layer in given:
        value, file = layer.get(key.name), layer.get(twin.name)
        if file is not None and file.value != "":
            if value is not None and value.value not in (key.default, ""):
                raise ConfigError(
                    f"is set together with {twin.name}; set only one of them", key=key.name, origin=value.origin
                )
            return _read_secret_file(key, twin.kind.anchor(_read(twin, file), base))
        if value is not None:
            return value
    return GivenValue(key.default, "default")


def _read_secret_file(key: Key, path: Path) -> GivenValue:
    try:
        text = read_small_file(path).decode().strip()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", key=key.name, origin=str(path)) from error
    except UnicodeDecodeError as error:
        raise ConfigError("is not text", key=key.name, origin=str(path)) from error
    if not text:
        raise ConfigError("the file is empty", key=key.name, origin=str(path))
    return GivenValue(text, str(path))


def _read(key: Key, given: GivenValue) -> object:
    try:
        value: object = key.kind.read(given.value)
    except (ArithmeticError, ValueError) as error:
        raise ConfigError(str(error), key=key.name, origin=given.origin) from error
    return value


def _find_misspelt(environ: Mapping[str, str]) -> Iterator[str]:
    for name in KEYS:
        single = layers.variable(name).replace("__", "_")
        if single in environ:
            yield f"{single} is ignored; the variable is called {layers.variable(name)}"
