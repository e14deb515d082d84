"""What a daemon remembers over a restart, as JSON: what all hosts of an archive share, and what is one host's own.

It keeps the own part beside the digests, as it must outlive a database that is gone; losing it repeats a check or an alarm.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from syncd.archive.files import atomic
from syncd.core.errors import FolderError
from syncd.core.health import MISSED, Trouble
from syncd.daemon.events import Note
from syncd.daemon.schedule import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

_Kind = TypeVar("_Kind")
NAME = ".syncd-daemon.json"
_OF_ALL = frozenset(
    {MISSED, "conflict", "difference", "duplicate-across-days", "index-stale", "row-missing", "sql-damaged", "stopped"}
)
"""Codes of troubles with the archive itself, whoever meets them; all others are about one host's disk, files or processes."""
_ODD = (ValueError, TypeError, AttributeError, KeyError, RecursionError)
"""What comes of reading something else than was written."""
_SHARED = frozenset({"polled", "answered", "caught_up", "reached", "tried", "recheck_tried", "rechecked", "faults"})


@dataclass(frozen=True, slots=True)
class Own:
    """What one host remembers by itself: when it checked its files last, what it found and told, what no hook was told yet.

    `inherited` is the whole of a file that an earlier version left, until the shared part of it has been taken over.
    """

    checked: datetime | None = None
    checked_all: datetime | None = None
    faults: tuple[Trouble, ...] = ()
    told: tuple[Trouble, ...] = ()
    unsaid: tuple[Note, ...] = ()
    inherited: str = ""


@dataclass(frozen=True, slots=True)
class Inherited:
    """What an earlier version kept beside the digests although all hosts share it; `trying` are dates it had asked for."""

    memory: Memory
    told: tuple[Trouble, ...] = ()
    unsaid: tuple[Note, ...] = ()
    trying: tuple[date, ...] = ()


def is_shared(trouble: Trouble) -> bool:
    """Whether it is the archive's trouble, and not one host's own."""
    return trouble.code in _OF_ALL


def load(root: Path) -> Own:
    """What is kept in `root`; nothing where there is none, or none that can be understood."""
    try:
        with atomic.translate_errors(root / NAME), atomic.open_folders(root, ()) as folders:
            found = atomic.read_file(folders[-1], NAME) if folders else None
        return Own() if found is None else _own(found[0].decode())
    except (FolderError, *_ODD):
        return Own()


def save(root: Path, own: Own) -> None:
    """Keep it in `root`, whole or not at all."""
    data = json.dumps(asdict(own), default=str, indent=1)
    with atomic.translate_errors(root / NAME), atomic.open_folders(root, ()) as folders:
        atomic.write_file(folders or (), NAME, f"{data}\n".encode())


def shared_text(memory: Memory) -> str:
    """What all hosts are to know of a memory."""
    values = asdict(replace(memory, faults=_shared(memory.faults)))
    return json.dumps({name: values[name] for name in sorted(_SHARED)}, default=str)


def whole(text: str | None, own: Own) -> Memory:
    """A host's memory: what all share and its own; as if nothing was ever done where there is none that can be understood."""
    try:
        shared = _of_kind(Memory, json.loads(text or "{}"), _SHARED)
    except _ODD:
        shared = Memory()
    return replace(shared, checked=own.checked, checked_all=own.checked_all, faults=(*shared.faults, *own.faults))


def with_own(own: Own, memory: Memory) -> Own:
    """The host's own part with what the memory has of it."""
    faults = tuple(fault for fault in memory.faults if not is_shared(fault))
    return replace(own, checked=memory.checked, checked_all=memory.checked_all, faults=faults)


def inherited(own: Own) -> Inherited | None:
    """What an earlier version left to be shared; None where it left nothing."""
    if not own.inherited:
        return None
    content: dict[str, Any] = json.loads(own.inherited)
    memory = _of_kind(Memory, content, _SHARED)
    told, unsaid = _value("told", content.get("told", [])), _value("unsaid", content.get("unsaid", []))
    return Inherited(
        memory, _shared(told), tuple(filter(_is_of_all, unsaid)), _value("trying", content.get("trying", []))
    )


def _own(text: str) -> Own:
    content: dict[str, Any] = json.loads(text)
    own = _of_kind(Own, content, {field.name for field in fields(Own)})
    if "polled" not in content:
        return own
    told, faults = (tuple(one for one in each if not is_shared(one)) for each in (own.told, own.faults))
    mine = replace(
        own, told=told, faults=faults, unsaid=tuple(one for one in own.unsaid if not _is_of_all(one)), inherited=text
    )
    inherited(mine)
    return mine


def _shared(troubles: Iterable[Trouble]) -> tuple[Trouble, ...]:
    return tuple(filter(is_shared, troubles))


def _is_of_all(note: Note) -> bool:
    return note.event == "new" or note.facts.get("code") in _OF_ALL


def _of_kind(kind: Callable[..., _Kind], content: Mapping[str, Any], names: Iterable[str]) -> _Kind:
    return kind(**{name: _value(name, content[name]) for name in names if name in content})


def _value(name: str, value: Any) -> Any:
    """What was written of a field; KeyError, ValueError, TypeError or AttributeError for anything else."""
    return _FIELDS[name](value)


def _word(value: Any) -> Any:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.utcoffset() is None:
        raise ValueError(value)
    return moment


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _or_none(read: Callable[[str], _Kind]) -> Callable[[Any], _Kind | None]:
    return lambda value: None if value is None else read(value)


def _dates(values: Any) -> tuple[date, ...]:
    return tuple(map(date.fromisoformat, values))


def _troubles(values: Any) -> tuple[Trouble, ...]:
    return tuple(Trouble(**{name: _word(word) for name, word in each.items()}) for each in values)


def _notes(values: Any) -> tuple[Note, ...]:
    return tuple(Note(_word(each["event"]), dict(each["facts"])) for each in values)


_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("polled", "caught_up", "recheck_tried", "checked", "checked_all"), _or_none(_moment)),
    **dict.fromkeys(("answered", "reached"), _truth),
    **dict.fromkeys(("tried", "trying"), _dates),
    **dict.fromkeys(("faults", "told"), _troubles),
    "rechecked": _or_none(date.fromisoformat),
    "unsaid": _notes,
    "inherited": _word,
}
