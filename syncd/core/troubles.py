"""Troubles: what a person should know of, when it is news, when it is over, and what a person has acknowledged.

It reads no clock, database or file.
"""

from __future__ import annotations

from dataclasses import field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from syncd.core.errors import ArchiveError

MANY = 3
"""When more dates than this have the same new trouble, they are reported as one."""
SPAN = ".."
"""Between the first and the last date of a group of troubles."""
EventName = Literal["new", "match", "problem", "recovered"]
"""What a hook may be run for."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A person has seen a trouble, with this message and this number of dates. `person` is `user@host`, `recorded` UTC."""

    code: str
    subject: str
    message: str
    count: int
    person: str
    note: str
    recorded: datetime

    @property
    def key(self) -> str:
        """The key of the trouble."""
        return make_key(self.code, self.subject)

    def holds(self, trouble: Trouble) -> bool:
        """Return whether this trouble is still the one that the person saw. One of several dates is while none is added."""
        if SPAN in self.subject:
            return trouble.count <= self.count
        return trouble.message == self.message and trouble.count <= self.count


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that a person should know of.

    `code` is kebab-case, `subject` a date, two dates with `..`, a host or a path. `message` says the cause, `help` what to do.
    `count` is the number of dates or things that are joined in it. `is_of_host` says that this host alone has it. `since` is
    when it was found (UTC), None where that is not known. `acknowledged` is what a person said of it.
    """

    code: str
    subject: str
    message: str
    help: str = ""
    count: int = field(default=1, compare=False)
    is_of_host: bool = field(default=False, compare=False)
    since: datetime | None = field(default=None, compare=False)
    acknowledged: Acknowledgement | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """Code and subject: two troubles with the same key are the same trouble."""
        return make_key(self.code, self.subject)


def make_key(code: str, subject: str) -> str:
    """Return the key of a trouble."""
    return f"{code} {subject}".strip()


@dataclass(frozen=True, slots=True)
class HookEvent:
    """Something that hooks were not run for yet.

    The trouble of a `new` event has nothing but a subject, the listing date of a mailing. That of a `match` has the name of a
    saved search as code, its query as message, and the date. `number` is the event's row in the database, 0 where it has none.
    """

    name: EventName
    trouble: Trouble
    number: int = 0


def trouble_from_error(error: ArchiveError, subject: str = "") -> Trouble:
    """Return the trouble for an error of disk or database. Its subject is `subject`, or else the error's path."""
    return Trouble(error.code, subject or error.path, f"{error.path}: {error.detail}", "syncd doctor")


def is_well(troubles: Iterable[Trouble]) -> bool:
    """Return True when a person has acknowledged every trouble: the one rule of health."""
    return all(trouble.acknowledged is not None for trouble in troubles)


def group_troubles(found: Iterable[Trouble], reported: Collection[Trouble]) -> tuple[Trouble, ...]:
    """Return the troubles, with those of many dates that were found together joined into one: `CODE FIRST..LAST`.

    A group that was reported stays until its last date is resolved. A date that was reported alone stays alone. Only troubles
    whose subject is a date are joined.
    """
    known = {trouble.key for trouble in reported}
    rest, groups = list(found), []
    for one in (one for one in reported if SPAN in one.subject):
        first, _, last = one.subject.partition(SPAN)
        inside = [each for each in rest if _may_join(each, one.code, known) and first <= each.subject <= last]
        rest = [each for each in rest if each not in inside]
        groups += [_join(one.subject, inside)] if inside else []
    for code in dict.fromkeys(each.code for each in rest):
        fresh = sorted((each for each in rest if _may_join(each, code, known)), key=lambda each: each.subject)
        if len(fresh) > MANY:
            rest = [each for each in rest if each not in fresh]
            groups.append(_join(f"{fresh[0].subject}{SPAN}{fresh[-1].subject}", fresh))
    return (*groups, *rest)


def _may_join(trouble: Trouble, code: str, known: Collection[str]) -> bool:
    # A date is ten characters, such as 2026-07-13.
    is_date = len(trouble.subject) == 10 and trouble.subject.replace("-", "").isdecimal()
    return trouble.code == code and is_date and trouble.key not in known


def _join(subject: str, inside: Sequence[Trouble]) -> Trouble:
    """Return one trouble for all of these. Its message names the first one, as the others have the same code."""
    first = min(inside, key=lambda each: each.subject)
    more = f" (and {len(inside) - 1} more, until {max(each.subject for each in inside)})" if len(inside) > 1 else ""
    helps = first.help.replace(f" {first.subject}", "")
    return Trouble(first.code, subject, f"{first.message}{more}", helps, len(inside))


def drop_repeats(found: Iterable[Trouble]) -> tuple[Trouble, ...]:
    """Return the first trouble of each key."""
    unique: dict[str, Trouble] = {}
    for trouble in found:
        unique.setdefault(trouble.key, trouble)
    return tuple(unique.values())


def compare_troubles(
    reported: Iterable[Trouble], found: Iterable[Trouble]
) -> tuple[tuple[Trouble, ...], tuple[Trouble, ...]]:
    """Return the troubles that are new, and those that were reported and are over, both by key."""
    before: Mapping[str, Trouble] = {trouble.key: trouble for trouble in reported}
    now: Mapping[str, Trouble] = {trouble.key: trouble for trouble in found}
    over = sorted(set(before) - set(now))
    return tuple(t for key, t in now.items() if key not in before), tuple(before[key] for key in over)


def acknowledge(found: Iterable[Trouble], known: Iterable[Acknowledgement]) -> tuple[Trouble, ...]:
    """Return the troubles, each with what a person said of it, as long as it is the one that the person saw."""
    said = {one.key: one for one in known}
    marked = []
    for trouble in found:
        one = said.get(trouble.key)
        marked.append(replace(trouble, acknowledged=one if one is not None and one.holds(trouble) else None))
    return tuple(marked)


def find_outdated(found: Iterable[Trouble], known: Iterable[Acknowledgement]) -> tuple[Trouble, ...]:
    """Return the troubles that are not what a person has acknowledged any more: they are news again."""
    said = {one.key: one for one in known}
    return tuple(trouble for trouble in found if trouble.key in said and not said[trouble.key].holds(trouble))


def add_since(found: Iterable[Trouble], reported: Iterable[Trouble]) -> tuple[Trouble, ...]:
    """Return the troubles with the moment at which those with the same key were reported first."""
    moments = {trouble.key: trouble.since for trouble in reported}
    return tuple(replace(trouble, since=trouble.since or moments.get(trouble.key)) for trouble in found)


def trouble_to_fields(trouble: Trouble) -> dict[str, object]:
    """Return what is kept of a trouble from turn to turn, for JSON."""
    moment = trouble.since.isoformat() if trouble.since else None
    words = {name: getattr(trouble, name) for name in ("code", "subject", "message", "help", "count")}
    return words | {"since": moment}


def trouble_from_fields(fields: Mapping[str, Any]) -> Trouble:
    """Return the trouble of such fields. ValueError, TypeError or KeyError for anything else."""
    code, subject, message, advice = (fields[name] for name in ("code", "subject", "message", "help"))
    is_text = all(isinstance(word, str) for word in (code, subject, message, advice))
    if not is_text or not isinstance(count := fields.get("count", 1), int):
        raise TypeError(fields)
    moment = fields.get("since")
    since = None if moment is None else datetime.fromisoformat(moment)
    if since is not None and since.utcoffset() is None:
        raise ValueError(moment)
    return Trouble(code, subject, message, advice, count, since=since)
