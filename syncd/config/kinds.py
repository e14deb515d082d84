"""The kinds of values a configuration knows: how each is read, anchored to a folder, and shown as TOML again.

They must not know which key they belong to. What is wrong with a value is a ValueError in plain words.
"""

from __future__ import annotations

import json
import re
import shlex
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from syncd.core.categories import explain_unknown_category, to_canonical_category
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of value: `read` takes a TOML value, `show` returns TOML text, `anchor` makes a relative value absolute.

    With `literal`, text from the environment is read as a TOML value (`true`, `["a"]`), not as a string.
    """

    read: Callable[[object], T]
    show: Callable[[T], str]
    anchor: Callable[[T, Path], T] = lambda value, _: value
    literal: bool = False


def quoted(value: object) -> str:
    """Return `value` as a TOML string."""
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def read_string(raw: object) -> str:
    """Return `raw`. Raise ValueError when it is not one line of text."""
    if not isinstance(raw, str):
        raise ValueError(f"must be a string in quotes, not {_name_type(raw)}")  # noqa: TRY004 - every mistake is a ValueError
    if not raw.isprintable():
        raise ValueError("must not contain line breaks or control characters")
    return raw


def optional(kind: Kind[T]) -> Kind[T | None]:
    """Return the same kind with the empty string as None."""

    def anchor(value: T | None, folder: Path) -> T | None:
        return None if value is None else kind.anchor(value, folder)

    return Kind(
        read=lambda raw: None if raw == "" else kind.read(raw),
        show=lambda value: '""' if value is None else kind.show(value),
        anchor=anchor,
        literal=kind.literal,
    )


def one_of(*words: str) -> Kind[str]:
    """Return the kind of value that is one of `words`."""

    def read(raw: object) -> str:
        if raw not in words:
            raise ValueError(f"must be one of {', '.join(words)}, not {_quote_if_text(raw)}")
        return str(raw)

    return Kind(read, quoted)


def _name_type(raw: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a table", date: "a date"}
    return names.get(type(raw), f"a {type(raw).__name__}")


def _quote_if_text(raw: object) -> str:
    return quoted(raw) if isinstance(raw, str) else str(raw)


_MILLISECONDS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
# The digits are limited so that no sum overflows a timedelta.
_PART = r"(?:(\d{1,6}(?:\.\d{1,6})?)%s)?"
_DURATION = re.compile("".join(_PART % unit for unit in ("d", "h", "m(?!s)", "s", "ms")), re.ASCII)


def _read_duration(raw: object) -> timedelta:
    found = _DURATION.fullmatch(raw) if isinstance(raw, str) else None
    if found is None or not raw:
        raise ValueError(
            f'must be a duration with units, for example "15s", "15m" or "2h30m", not {_quote_if_text(raw)}'
        )
    counts = (float(part or 0) for part in found.groups())
    total = sum(count * size for count, size in zip(counts, _MILLISECONDS.values(), strict=True))
    return timedelta(milliseconds=round(total))


def _show_duration(value: timedelta) -> str:
    rest, text = value // timedelta(milliseconds=1), ""
    for unit, size in _MILLISECONDS.items():
        count, rest = divmod(rest, size)
        text += f"{count}{unit}" if count else ""
    return quoted(text or "0s")


def _read_positive(raw: object) -> timedelta:
    value = _read_duration(raw)
    if not value:
        raise ValueError("must be greater than 0")
    return value


_BYTES = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "GB": 10**9, "MB": 10**6, "kB": 10**3, "B": 1}
_SIZE = re.compile(r"(\d{1,12})\s?(GiB|MiB|KiB|GB|MB|kB|B)", re.ASCII)


def _read_size(raw: object) -> int:
    found = _SIZE.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        raise ValueError(
            f'must be a size with a unit ({", ".join(_BYTES)}), for example "64MiB", not {_quote_if_text(raw)}'
        )
    if not (size := int(found[1]) * _BYTES[found[2]]):
        raise ValueError("must be greater than 0")
    return size


def _show_size(value: int) -> str:
    unit = next(unit for unit, size in _BYTES.items() if value % size == 0)
    return quoted(f"{value // _BYTES[unit]}{unit}")


def _read_clock(raw: object) -> time:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", raw, re.ASCII) if isinstance(raw, str) else None
    if found is None:
        raise ValueError(f'must be a time of day, for example "20:00", not {_quote_if_text(raw)}')
    return time(int(found[1]), int(found[2]))


def _read_zone(raw: object) -> ZoneInfo:
    try:
        return ZoneInfo(read_string(raw))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'must be a time zone, for example "America/New_York", not {_quote_if_text(raw)}') from error


_LAST_EVENING = date(9999, 12, 27)  # the listing after it is still a date


def _read_day(raw: object) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    try:
        if isinstance(raw, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", raw, re.ASCII):
            return date.fromisoformat(raw)
    except ValueError:
        pass
    raise ValueError(f"must be a date, for example 2020-01-01, not {_quote_if_text(raw)}")


def _read_evenings(raw: object) -> tuple[date, ...]:
    if not isinstance(raw, list):
        raise ValueError(f"must be a list of dates, for example [2027-01-01], not {_quote_if_text(raw)}")  # noqa: TRY004 - see read_string
    evenings = sorted({_read_day(each) for each in raw})
    for evening in evenings:
        if evening.isoweekday() == 6:
            raise ValueError(
                f"must be evenings from Sunday to Friday, and {evening} is a Saturday: arXiv's list names the Friday before it"
            )
        if evening > _LAST_EVENING:
            raise ValueError(f"must be dates before {_LAST_EVENING}, not {evening}")
    return tuple(evenings)


def _read_category(raw: object) -> str:
    name = read_string(raw)
    if wrong := explain_unknown_category(name):
        raise ValueError(f"must be a category: {wrong}")
    return to_canonical_category(name)


def _read_flag(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise ValueError(f"must be true or false, not {_quote_if_text(raw)}")  # noqa: TRY004 - see read_string
    return raw


def _read_commands(raw: object) -> tuple[str, ...]:
    lines = raw.splitlines() if isinstance(raw, str) else raw
    if not isinstance(lines, list) or not all(isinstance(line, str) and line.strip() for line in lines):
        raise ValueError('must be a list of commands, for example ["mail-me --short"]; none may be empty')
    for number, line in enumerate(lines, start=1):
        _require_words(number, read_string(line))
    return tuple(lines)


def _require_words(number: int, line: str) -> None:
    """Raise ValueError when the command cannot be split into words. It is not repeated, as a webhook's address is a secret."""
    try:
        shlex.split(line)
    except ValueError as error:
        raise ValueError(f"must be commands as a shell reads them, and command {number} is not: {error}") from error


def _read_path(raw: object) -> Path:
    text = str(raw) if isinstance(raw, Path) else read_string(raw)
    if not text:
        raise ValueError("must not be empty")
    if text.startswith("~"):
        raise ValueError("must be a full path: ~ has no meaning in a service")
    if re.search(r"\$\w|\$\{", text):
        raise ValueError("must be a full path: variables such as $HOME are not replaced")
    return Path(text)


def _anchor_path(value: Path, folder: Path) -> Path:
    return folder / value


TEXT = Kind(read_string, quoted)
FLAG = Kind(_read_flag, lambda value: str(value).lower(), literal=True)
DAY = Kind(_read_day, date.isoformat)
CLOCK = Kind(_read_clock, lambda value: quoted(f"{value:%H:%M}"))
ZONE = Kind(_read_zone, lambda value: quoted(value.key))
DURATION = Kind(_read_positive, _show_duration)
INTERVAL = Kind(_read_duration, _show_duration)
"""A duration that may be 0."""
SIZE = Kind(_read_size, _show_size)
EVENINGS = Kind(_read_evenings, lambda value: f"[{', '.join(map(date.isoformat, value))}]", literal=True)
COMMANDS = Kind(_read_commands, lambda value: f"[{', '.join(map(quoted, value))}]", literal=True)
PATH = Kind(_read_path, quoted, _anchor_path)
CATEGORY = Kind(_read_category, quoted)
"""An alias is read as the canonical name, which arXiv's pages and sets have."""
