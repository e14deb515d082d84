"""What the daemon knows from one turn to the next, and its text in the database and in this host's folder.

The part of one host lies beside the digests, as it must outlive a database that is gone. Losing it repeats a check or an alarm.
The daemon itself loads this module: it must not import what is large.
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from syncd.archive.files import host_state
from syncd.core.errors import READING_ERRORS, FolderError
from syncd.core.model import Change, PaperId
from syncd.core.troubles import EventName, HookEvent, Trouble, trouble_from_fields, trouble_to_fields
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

_Value = TypeVar("_Value")
_SHARED_TROUBLES = frozenset({"duplicate-across-days", "index-stale", "row-missing", "sql-damaged"})
_SHARED = (
    "answered", "caught_up", "differences", "failure", "faults", "polled", "reached", "recheck_tried", "rechecked", "silent",
    "silent_since", "tried",
)  # fmt: skip
_HOST = ("announced", "checked", "checked_all", "faults", "pending_events")


@dataclass(frozen=True, slots=True)
class DaemonState:
    """What was done last, and with what success. Moments are aware.

    **Of all hosts**, in the database: `polled` is the last look for the newest mailing, `caught_up` the last question for an
    older date, `recheck_tried` the last comparison. `answered` and `reached` say whether arXiv answered the first two. `tried`
    are the older dates it had nothing for since `caught_up`. `rechecked` is the newest date held at the last comparison, and
    `differences` are the faults that comparisons found and have not seen healed. `silent` counts the questions without an
    answer since the last one with an answer, `silent_since` is the moment of the first of these. `failure` is what the last
    question failed with, in words.

    **Of this host**, in its folder: `checked` and `checked_all` are the last checks of its files. `announced` are its troubles
    that are no news any more, and `pending_events` what no hook was run for yet.

    `faults` are what checks found and have not seen healed, of both kinds (`is_shared`).

    **Of this daemon**, nowhere: `publish_at` says when publishing is tried again (None: all is published),
    `publish_troubles` what prevents it. `unsaved` says why this host's part could not be saved.
    """

    polled: datetime | None = None
    answered: bool = True
    caught_up: datetime | None = None
    reached: bool = True
    tried: tuple[date, ...] = ()
    recheck_tried: datetime | None = None
    rechecked: date | None = None
    differences: tuple[Change, ...] = ()
    silent: int = 0
    silent_since: datetime | None = None
    failure: str = ""
    checked: datetime | None = None
    checked_all: datetime | None = None
    announced: tuple[Trouble, ...] = ()
    pending_events: tuple[HookEvent, ...] = ()
    faults: tuple[Trouble, ...] = ()
    publish_at: datetime | None = datetime(2000, 1, 1, tzinfo=UTC)
    publish_troubles: tuple[Trouble, ...] = ()
    unsaved: tuple[Trouble, ...] = ()

    @property
    def host_troubles(self) -> tuple[Trouble, ...]:
        """Everything that is wrong with this host alone."""
        return (*(fault for fault in self.faults if not is_shared(fault)), *self.publish_troubles, *self.unsaved)


def is_shared(trouble: Trouble) -> bool:
    """Return whether a check's fault is one of the archive, whichever host meets it. All others are of one host's files."""
    return trouble.code in _SHARED_TROUBLES


def format_shared(state: DaemonState) -> str:
    """Return what all hosts are to know, as JSON."""
    return _text(replace(state, faults=tuple(filter(is_shared, state.faults))), _SHARED)


def format_host(state: DaemonState) -> str:
    """Return what this host is to know after a restart, as JSON."""
    return _text(replace(state, faults=tuple(fault for fault in state.faults if not is_shared(fault))), _HOST)


def with_shared(state: DaemonState, text: str | None) -> DaemonState:
    """Return the state with what all hosts know instead of its own idea of that.

    Where there is no text, or none that can be understood, it is as if nothing was ever done.
    """
    try:
        shared = _read(text or "{}", _SHARED)
    except READING_ERRORS:
        shared = DaemonState()
    values = {name: getattr(shared, name) for name in _SHARED}
    values["faults"] = (*shared.faults, *(fault for fault in state.faults if not is_shared(fault)))
    return replace(state, **values)


def load(root: Path) -> DaemonState:
    """Return what this host saved in `root`, or a fresh state where there is nothing that can be understood."""
    try:
        text = host_state.read_text(root)
        return DaemonState() if text is None else _read(text, _HOST)
    except (FolderError, *READING_ERRORS):
        return DaemonState()


def read_notes(text: str) -> DaemonState:
    """Read either part. Anything but what was written raises one of `READING_ERRORS`."""
    return _read(text, _FIELDS)


def save(root: Path, state: DaemonState) -> None:
    """Save this host's part in `root`, whole or not at all. FolderError where the disk refuses."""
    host_state.write_text(root, f"{format_host(state)}\n")


def _text(state: DaemonState, names: Iterable[str]) -> str:
    return json.dumps({name: getattr(state, name) for name in names}, default=_to_json, indent=1)


def _to_json(value: object) -> object:
    match value:
        case Trouble():
            return trouble_to_fields(value)
        case HookEvent() | Change():
            return {one.name: getattr(value, one.name) for one in fields(value)}
    return str(value)


def _read(text: str, names: Iterable[str]) -> DaemonState:
    """Read these fields. Anything but what was written raises one of `READING_ERRORS`."""
    content: dict[str, Any] = _exactly(dict)(json.loads(text))
    return DaemonState(**{name: _FIELDS[name](content[name]) for name in names if name in content})


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.utcoffset() is None:
        raise ValueError(value)
    return moment


def _exactly(kind: type[_Value]) -> Callable[[Any], _Value]:
    def read(value: Any) -> _Value:
        if not isinstance(value, kind):
            raise TypeError(value)
        return value

    return read


def _or_none(read: Callable[[str], _Value]) -> Callable[[Any], _Value | None]:
    return lambda value: None if value is None else read(value)


def _event(value: Any) -> HookEvent:
    if value["name"] not in get_args(EventName):
        raise ValueError(value)
    return HookEvent(value["name"], trouble_from_fields(value["trouble"]), _exactly(int)(value["number"]))


def _change(value: Any) -> Change:
    field, ours, theirs = (_or_none(_exactly(str))(value[name]) for name in ("field", "ours", "theirs"))
    paper = PaperId(value["id"]) if value["id"] is not None else None
    code, detail = (_exactly(str)(value[name]) for name in ("code", "detail"))
    return Change(date.fromisoformat(value["day"]), code, paper, field, ours, theirs, detail)


_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(
        ("polled", "caught_up", "recheck_tried", "checked", "checked_all", "silent_since"), _or_none(_moment)
    ),
    **dict.fromkeys(("answered", "reached"), _exactly(bool)),
    **dict.fromkeys(("faults", "announced"), lambda values: tuple(map(trouble_from_fields, values))),
    "differences": lambda values: tuple(map(_change, values)),
    "silent": _exactly(int),
    "failure": _exactly(str),
    "tried": lambda values: tuple(map(date.fromisoformat, values)),
    "rechecked": _or_none(date.fromisoformat),
    "pending_events": lambda values: tuple(map(_event, values)),
}
