"""How a configuration comes to be: a file is looked up, origins are laid over each other, values are read and judged.

It must not use the process's own environment; that is an argument, as is the folder to start from.

flags > SYNCD_SECTION__KEY > credentials > file > default   ─► said ─► read ─► anchored ─► Config ─► rules
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncd.config import layers, rules
from syncd.config.layers import GivenValue, Layer
from syncd.config.sections import KEYS, SECTIONS, Config, Key
from syncd.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SYSTEM = Path("/etc/syncd/config.toml")


def load(
    path: Path | None,
    environ: Mapping[str, str],
    overrides: Mapping[str, object],
    *,
    folder: Path | None = None,
) -> Config:
    """The effective configuration; ConfigError when a file, a name or a value cannot be used.

    `path` is what `-c` says; without it the file is looked up, and having none is fine. `overrides` are flags by dotted
    name, None for one not given. `folder` stands for the working directory.
    """
    start = Path.cwd() if folder is None else folder
    found = _look_up(path, environ, start)
    said = [layers.flags(overrides), layers.environment(environ), layers.credentials(environ)]
    if found is not None:
        said.append(layers.file(found))
    base = _base(environ, start, found)
    return _judged(_built(said, base, found), environ)


def _look_up(path: Path | None, environ: Mapping[str, str], folder: Path) -> Path | None:
    if path is not None:
        return folder / path
    if named := environ.get("SYNCD_CONFIG"):
        return folder / named
    return next(filter(_is_file, _usual_places(environ, folder)), None)


def _usual_places(environ: Mapping[str, str], folder: Path) -> Iterator[Path]:
    yield folder / "config.toml"
    if home := environ.get("XDG_CONFIG_HOME"):
        yield Path(home, "syncd", "config.toml")
    elif home := environ.get("HOME"):
        yield Path(home, ".config", "syncd", "config.toml")
    yield SYSTEM


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # A folder that may not be entered, as another user's home, holds no file for this process.
        return False


def _base(environ: Mapping[str, str], folder: Path, found: Path | None) -> Path:
    """The folder that relative paths start from; systemd separates several state directories by a colon."""
    state = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return folder / state if state else (found.parent if found else folder)


def _built(said: Sequence[Layer], base: Path, path: Path | None) -> Config:
    values: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    origins: dict[str, str] = {}
    for name, key in KEYS.items():
        answer = _secret(key, said, base) if key.secret else _first(name, said)
        section, _, last = name.partition(".")
        values[section][last] = key.kind.anchor(_read(key, answer), base)
        origins[name] = answer.origin
    sections = {section: kind(**values[section]) for section, kind in SECTIONS.items()}
    return Config(**sections, path=path, origins=origins)


def _first(name: str, said: Sequence[Layer]) -> GivenValue:
    answers = (layer[name] for layer in said if name in layer)
    return next(answers, GivenValue(KEYS[name].default, "default"))


def _secret(key: Key, said: Sequence[Layer], base: Path) -> GivenValue:
    """The first answer for a key that has a `_file` twin; a value left at its default does not speak against the file."""
    twin = KEYS[f"{key.name}_file"]
    for layer in said:
        value, file = layer.get(key.name), layer.get(twin.name)
        if file is not None and file.value != "":
            if value is not None and value.value not in (key.default, ""):
                raise ConfigError(
                    f"is given beside {twin.name}; one of them is enough", key=key.name, origin=value.origin
                )
            return _secret_file(key, twin.kind.anchor(_read(twin, file), base))
        if value is not None:
            return value
    return GivenValue(key.default, "default")


def _secret_file(key: Key, path: Path) -> GivenValue:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", key=key.name, origin=str(path)) from error
    except UnicodeDecodeError as error:
        raise ConfigError("is not text", key=key.name, origin=str(path)) from error
    if not text:
        raise ConfigError("the file is empty", key=key.name, origin=str(path))
    return GivenValue(text, str(path))


def _read(key: Key, answer: GivenValue) -> object:
    try:
        value: object = key.kind.read(answer.value)
    except ValueError as error:
        raise ConfigError(str(error), key=key.name, origin=answer.origin) from error
    return value


def _judged(config: Config, environ: Mapping[str, str]) -> Config:
    rules.check(config)
    return replace(config, warnings=(*rules.remarks(config), *_misspelt(environ)))


def _misspelt(environ: Mapping[str, str]) -> Iterator[str]:
    for name in KEYS:
        single = layers.variable(name).replace("__", "_")
        if single in environ:
            yield f"{single} is ignored; the variable is called {layers.variable(name)}"
