"""One turn of the daemon in a process of its own: everything heavy is loaded here, and gone with it.

It tells its life and its end on standard output, and people on standard error; a signal ends it at a safe point.
"""

from __future__ import annotations

import base64
import pickle
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from syncd.archive.sql import leader_lock, measurements
from syncd.core import health
from syncd.core.errors import ArchiveError, DatabaseError, FolderError
from syncd.daemon import state, status_line
from syncd.daemon.cycle import Cycle, Step, alarmed, attended
from syncd.daemon.messages import LIFE, Errand, Figures, Kept, Mode, Report
from syncd.daemon.notifications import Teller
from syncd.daemon.schedule import plan_of
from syncd.usecases.progress import Progress, RunControl
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.usecases.upstream import make_listing_client, open_web
from syncd.usecases.workspace import Access, open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Event
    from typing import BinaryIO

    from syncd.core.health import Trouble
    from syncd.usecases.ingest.upstream_client import ListingClient
    from syncd.usecases.workspace import Workspace

_EVERY = 1.0
_BUSY = timedelta(seconds=5)
"""A leader looks again so much later while a turn of its predecessor is still under way."""
_ASKED_EVERY = 5.0
"""A follower at a long check looks so often whether it is needed to lead."""
_WAITING = Progress("")


@dataclass(slots=True)
class _Life:
    """Signs of life on `stream`, one a second at most besides those that tell of other work than before.

    Where nobody reads them any more, the work is asked to end.
    """

    stream: BinaryIO
    end: Event
    last: float = 0.0
    doing: str = ""

    def tell(self, progress: Progress) -> None:
        is_other = progress.doing not in {"", self.doing}
        if time.monotonic() - self.last < _EVERY and not is_other:
            return
        self.last, self.doing = time.monotonic(), progress.doing or self.doing
        try:
            self.stream.write(LIFE + status_line.under_way(progress).encode() + b"\n")
            self.stream.flush()
        except OSError:
            self.end.set()


def serve(errands: BinaryIO, answers: BinaryIO, end: Event, set_up: Callable[[Errand], object]) -> int:
    """Make the turn that stands in `errands`, and write the report to `answers`; `end` asks for the end.

    `set_up` is called first, to begin the log. SyncdError when the archive cannot be prepared.
    """
    errand: Errand = pickle.load(errands)  # noqa: S301  from the parent process, over a pipe
    set_up(errand)
    report = do(errand, _Life(answers, end).tell, end)
    answers.write(base64.b64encode(pickle.dumps(report)) + b"\n")
    answers.flush()
    return 0


def do(errand: Errand, living: Callable[[Progress], None], end: Event) -> Report:
    """Make one turn by the real clock."""
    now = datetime.now(UTC)
    if errand.mode is Mode.PREPARE:
        return _prepared(errand, now, RunControl(report=living, cancel=end))
    if errand.trouble is not None:
        return _troubled(errand, errand.trouble, now, RunControl(report=living, cancel=end))
    try:
        work = open_workspace(errand.config, lambda: now, Access.CREATE)
    except ArchiveError as error:
        return _closed(errand, error, now, RunControl(report=living, cancel=end))
    watch = RunControl(report=living, cancel=end)
    with ExitStack() as held:
        held.callback(work.close)
        try:
            rules = held.enter_context(leader_lock.sole_turn(work.database)) if errand.mode is Mode.STEP else None
        except ArchiveError as error:
            return _closed(errand, error, now, watch)
        return _open(errand, work, rules, watch)


def _prepared(errand: Errand, now: datetime, watch: RunControl) -> Report:
    """The archive opened or made; a disk that refuses is told of, as it may be willing later."""
    kept = errand.kept or Kept(state.load(errand.config.archive.root))
    try:
        work = open_workspace(errand.config, lambda: now, Access.CREATE)
    except (FolderError, DatabaseError) as error:
        if isinstance(error, DatabaseError) and not error.passing:
            raise
        return replace(_closed(replace(errand, kept=kept), error, now, watch), prepared=False)
    try:
        finish_interrupted(work)
    except FolderError as error:
        return _closed(replace(errand, kept=kept), error, now, watch)
    finally:
        work.close()
    return Report(now, "ready", kept, Figures())


def _open(errand: Errand, work: Workspace, rules: Callable[[], bool] | None, watch: RunControl) -> Report:
    """The turn on an open archive; without `rules` another host's is under way, or this one is not to lead."""
    root = work.folder.root
    kept = errand.kept or Kept(state.load(root))
    teller = Teller(work.config, attended(watch))
    chance = Random(str(work.archive)).random()  # noqa: S311  it spreads archives, it hides nothing
    cycle = Cycle(
        work,
        plan_of(work.config.schedule, chance),
        lambda at: _upstream(at, watch),
        lambda new: state.save(root, new),
        kept.own,
        watch,
        kept.unpublished,
        kept.publishing,
        kept.unkept,
        rules or _now_and_then(lambda: leader_lock.is_led(work.database)),
        did=teller.log_work,
    )
    step = cycle.step(work.now()) if rules else cycle.follow(work.now())
    teller.log(step)
    cycle.tell(teller.say, leads=rules is not None)
    kept = Kept(cycle.own, cycle.unpublished, cycle.publishing, cycle.unkept)
    soon = work.now() + _BUSY if errand.mode is Mode.STEP and rules is None else step.next.when
    status = status_line.status(step, leads=rules is not None)
    figures = _figures(step, work if errand.measured else None)
    return Report(soon, status, kept, figures, unfit=rules is not None and cycle.is_unfit(step))


def _closed(errand: Errand, error: ArchiveError, now: datetime, watch: RunControl) -> Report:
    """An archive that cannot be opened now; what was kept stays, but for what is told."""
    return replace(_troubled(errand, health.trouble_from_error(error), now, watch), unfit=True)


def _troubled(errand: Errand, trouble: Trouble, now: datetime, watch: RunControl) -> Report:
    """Told of once, and kept where the folder allows."""
    root = errand.config.archive.root
    kept = errand.kept or Kept(state.load(root))
    step, own = alarmed(trouble, now, kept.own)
    teller = Teller(errand.config, attended(watch))
    teller.log(step)
    while own.unsaid and teller.say(own.unsaid[0]):
        own = replace(own, unsaid=own.unsaid[1:])
    with suppress(ArchiveError):
        state.save(root, own)
    status = status_line.status(step, leads=errand.mode is Mode.STEP)
    return Report(step.next.when, status, replace(kept, own=own), _figures(step, None))


def _now_and_then(ask: Callable[[], bool]) -> Callable[[], bool]:
    """The same question, asked again only after a while: until then the last answer holds."""
    last, answer = -_ASKED_EVERY, True

    def answered() -> bool:
        nonlocal last, answer
        if time.monotonic() - last >= _ASKED_EVERY:
            last, answer = time.monotonic(), ask()
        return answer

    return answered


@contextmanager
def _upstream(work: Workspace, watch: RunControl) -> Iterator[ListingClient]:
    def sleep(seconds: float) -> None:
        watch.report(_WAITING)
        watch.wait(seconds)
        watch.report(_WAITING)

    with open_web(work, sleep) as (web, _sent):
        yield make_listing_client(work, web)


def _figures(step: Step, work: Workspace | None) -> Figures:
    figures = Figures(
        open=tuple(trouble.code for trouble in step.open),
        work=tuple((done.what.value, done.seconds, done.error is None) for done in step.work),
        found=tuple(code for done in step.work for code in done.codes),
    )
    if step.seen is not None:
        seen = step.seen
        figures = replace(
            figures,
            seen=True,
            well=seen.health.is_well,
            lag=seen.lag,
            missed=len(seen.health.missed),
            states=dict(seen.states),
            rests={rest.host: rest.until.timestamp() if rest.until else float("inf") for rest in seen.rests},
        )
    return figures if work is None else _measured(figures, work)


def _measured(figures: Figures, work: Workspace) -> Figures:
    try:
        return replace(
            figures,
            requests=measurements.requests(work.database),
            database_bytes=measurements.database_size(work.database),
            folder_bytes=measurements.folder_size(work.database, work.store.replica),
        )
    except ArchiveError:
        return figures
