"""What the daemons of all hosts remember together, brought from the database and back; it decides nothing.

host's file (an earlier version's) ─once─► database ─► memory of a turn ─► database;  requests made by anybody ─► memory
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from syncd.archive.sql import leader_lock
from syncd.archive.sql.daemon_state import Notice, Shared
from syncd.core.health import Trouble
from syncd.core.results import Done
from syncd.daemon import state as kept
from syncd.daemon.events import notes
from syncd.usecases.reconcile.apply import make_outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.core.results import DayOutcome
    from syncd.daemon.events import Note
    from syncd.daemon.schedule import Memory
    from syncd.daemon.state import Inherited, Own
    from syncd.usecases.workspace import Workspace

_OVER = "over: "


def remembered(work: Workspace, own: Own) -> Memory:
    """What was done last: by a daemon of any host, or by whoever shares the ledger of requests."""
    old = kept.inherited(own)
    text = Shared(work.database).content()
    memory = kept.whole(text if text or old is None else kept.shared_text(old.memory), own)
    base = f"{work.config.upstream.listing_url}/list/{work.config.archive.category}"
    asked = leader_lock.last_asked(work.database, f"{base}/new")
    if asked is not None and (memory.polled is None or memory.polled < asked[0]):
        memory = replace(memory, polled=asked[0], answered=asked[1] == 200)
    return memory


def keep(work: Workspace, before: Memory, memory: Memory) -> None:
    """Let all hosts know what of it is theirs, where that changed."""
    text = kept.shared_text(memory)
    if text != kept.shared_text(before):
        Shared(work.database).keep(text)


def inherit(work: Workspace, own: Own) -> Own:
    """Give all hosts what an earlier version kept in this one's folder, unless another was first; told again is nothing."""
    old = kept.inherited(own)
    if old is None:
        return own
    Shared(work.database).begin(kept.shared_text(old.memory), old.told, _untold(work, old))
    return replace(own, inherited="")


def untold(work: Workspace) -> Iterator[tuple[Notice, Note]]:
    """What no hook was told yet, and in which words; a mailing whose file this host has not yet waits."""
    for notice in Shared(work.database).notices():
        trouble = notice.trouble
        match notice.event:
            case "new":
                found = _written(work, trouble.subject)
                told = notes((found,) if found else (), (), ())
            case "problem":
                told = notes((), (trouble,), ())
            case _:
                told = notes((), (), (trouble,))
        yield from ((notice, note) for note in told)


def _written(work: Workspace, day: str) -> DayOutcome | None:
    """The mailing of this date, once its file was written here."""
    wanted = date.fromisoformat(day)
    if work.store.mailing(wanted) is None or wanted not in work.store.list_agreed_hashes(wanted, wanted):
        return None
    return make_outcome(work, wanted, Done.WRITTEN)


def _untold(work: Workspace, old: Inherited) -> Iterator[Notice]:
    """What an earlier version had not told, and mailings that a turn of it brought in whose end it did not see."""
    days = {date.fromisoformat(str(note.facts["date"])) for note in old.unsaid if note.event == "new"}
    days |= {day for day in old.trying if work.store.mailing(day) is not None}
    yield from (Notice("new", Trouble("", str(day), "")) for day in sorted(days))
    yield from (Notice(note.event, _trouble(note)) for note in old.unsaid if note.event != "new")


def _trouble(note: Note) -> Trouble:
    words = [str(note.facts.get(name) or "") for name in ("code", "subject", "message", "help")]
    return Trouble(words[0], words[1], words[2].removeprefix(_OVER), words[3])
