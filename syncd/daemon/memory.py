"""What the daemon did last, kept beside the digests over a restart; losing it costs a question or two, never a mailing."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from syncd.archive import disk
from syncd.daemon.notes import Note
from syncd.daemon.schedule import Memory
from syncd.errors import FolderError
from syncd.health import Trouble

if TYPE_CHECKING:
    from pathlib import Path

NAME = ".syncd-daemon.json"


def load(root: Path) -> Memory:
    """The memory kept in `root`; an empty one where there is none, or none that can be understood."""
    try:
        with disk.refusals(root / NAME), disk.entered(root, ()) as folders:
            found = disk.read(folders[-1], NAME) if folders else None
        return Memory() if found is None else _parse(found[0])
    except (FolderError, ValueError, TypeError, AttributeError, RecursionError):
        return Memory()


def save(root: Path, memory: Memory) -> None:
    """Keep the memory in `root`, whole or not at all."""
    data = json.dumps(asdict(memory), default=str, indent=1)
    with disk.refusals(root / NAME), disk.entered(root, ()) as folders:
        disk.place(folders or (), NAME, f"{data}\n".encode())


def _parse(data: bytes) -> Memory:
    content: dict[str, Any] = json.loads(data)
    known = {field.name for field in fields(Memory)}
    return Memory(**{name: _value(name, value) for name, value in content.items() if name in known})


def _value(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    match name:
        case "rechecked":
            return date.fromisoformat(value)
        case "tried" | "trying":
            return tuple(map(date.fromisoformat, value))
        case "faults" | "told":
            return tuple(Trouble(**each) for each in value)
        case "unsaid":
            return tuple(Note(**each) for each in value)
        case _:
            moment = datetime.fromisoformat(value)
            if moment.utcoffset() is None:
                raise ValueError(name)
            return moment
