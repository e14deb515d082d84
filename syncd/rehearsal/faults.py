"""What goes wrong at the loopback arXiv: values that bend one answer, and the queue that hands them out.

It must not answer anything itself, nor know of sockets: a fault bends the scene, the sheet or the reply on its way.

    request ─► Scene ─[scene]─► Sheet ─[sheet]─► Reply ─[reply]─► bytes
"""

from __future__ import annotations

import gzip
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from syncd.rehearsal import reply as replies
from syncd.rehearsal.history import before
from syncd.rehearsal.sheets import Block, Row, Sheet, sections, short_date, with_row

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import date

    from syncd.core.model import PaperId
    from syncd.rehearsal.reply import Reply
    from syncd.rehearsal.scene import Scene

T = TypeVar("T")


def _same_scene(scene: Scene) -> Scene:
    return scene


def _as_it_is(value: T, _scene: Scene) -> T:
    return value


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong; made by the functions below, scoped by `on`.

    `path` is a shell pattern over path and query (`/list/*`, `*page=2*`), `times` the number of answers to bend (None: all),
    `spare` the number of matching requests let through before.
    """

    name: str
    scene: Callable[[Scene], Scene] = _same_scene
    sheet: Callable[[Sheet, Scene], Sheet] = _as_it_is
    reply: Callable[[Reply, Scene], Reply] = _as_it_is
    path: str = "*"
    times: int | None = 1
    spare: int = 0

    def on(self, path: str = "*", *, times: int | None = 1, spare: int = 0) -> Fault:
        """The same fault for other requests."""
        return replace(self, path=path, times=times, spare=spare)


class Faults:
    """A queue of faults; each request takes the first one that fits. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[Fault] = deque()

    def add(self, *faults: Fault) -> None:
        """Put faults at the end."""
        with self._lock:
            self._waiting.extend(faults)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._waiting.clear()

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """What has not happened yet, or goes on happening."""
        with self._lock:
            return tuple(self._waiting)

    def take(self, target: str) -> Fault | None:
        """The fault that meets this request, None when all is well; uses up one of its times."""
        with self._lock:
            for place, fault in enumerate(self._waiting):
                if not fnmatchcase(target, fault.path):
                    continue
                if fault.spare:
                    self._waiting[place] = replace(fault, spare=fault.spare - 1)
                    continue
                self._use_up(place, fault)
                return fault
        return None

    def _use_up(self, place: int, fault: Fault) -> None:
        if fault.times == 1:
            del self._waiting[place]
        elif fault.times is not None:
            self._waiting[place] = replace(fault, times=fault.times - 1)


# --- of the way: the reply is bent ---------------------------------------------------------------------------------


def status(code: int, *, retry_after: int | datetime | None = None, body: str = "") -> Fault:
    """The server refuses: 503 with Retry-After (seconds or a moment), 403, 406, 500, 502, 504 and the like."""
    value = format_datetime(retry_after, usegmt=True) if isinstance(retry_after, datetime) else retry_after
    headers = () if value is None else (("Retry-After", str(value)),)
    return Fault(f"status {code}", reply=lambda _reply, _scene: replies.plain(body, code, *headers))


def rate_exceeded() -> Fault:
    """429 as arXiv says it: fourteen bytes and no Retry-After."""
    return status(429, body="Rate exceeded.")


def database_lag() -> Fault:
    """503 with Retry-After: 300 in plain text, as `/list` answers while its database is behind."""
    return status(503, retry_after=300, body="Service is catching up, try again later.")


def reset(after: int = 0) -> Fault:
    """The connection is reset after so many bytes of the body; 0 is before the first byte of the answer."""
    return Fault("reset", reply=lambda reply, _scene: replace(reply, reset_at=after))


def truncated(share: float = 0.5) -> Fault:
    """The connection ends after a share of the bytes that Content-Length promises."""
    return Fault("truncated", reply=lambda reply, _scene: _cut(reply, share, promised=True))


def halved(share: float = 0.5) -> Fault:
    """A page cut in the middle by a complete and correct HTTP answer."""
    return Fault("halved", reply=lambda reply, _scene: _cut(reply, share, promised=False))


def drip(piece: int = 64, pause: float = 0.05) -> Fault:
    """The body comes in pieces of so many bytes with a pause (seconds) before each."""
    return Fault("drip", reply=lambda reply, _scene: replace(reply, piece=piece, pause=pause))


def bomb(size: int = 65 << 20) -> Fault:
    """A small gzip body that unpacks to `size` bytes of blanks."""
    encoding = (("Content-Encoding", "gzip"),)
    return Fault("bomb", reply=lambda reply, _scene: replace(reply, body=_packed(size), headers=encoding))


def typed(kind: str) -> Fault:
    """The right body under a wrong content type."""
    return Fault(f"typed {kind}", reply=lambda reply, _scene: replace(reply, kind=kind))


def redirect(location: str, code: int = 302) -> Fault:
    """The client is sent elsewhere."""
    moved = ("Location", location)
    return Fault(f"redirect {location}", reply=lambda _reply, _scene: replies.html("<p>Moved.</p>\n", code, moved))


def maintenance() -> Fault:
    """A page that has nothing to do with the question, with status 200."""
    text = "<!DOCTYPE html>\n<html><body><h1>Down for maintenance</h1><p>Please come back later.</p></body></html>\n"
    return Fault("maintenance", reply=lambda _reply, _scene: replies.html(text))


# --- of the page: the sheet is bent --------------------------------------------------------------------------------


def wrong_date(day: date) -> Fault:
    """The right entries under another date in the (first) heading."""
    return Fault("wrong date", sheet=lambda sheet, _scene: _dated(sheet, day))


def missing(at: int = 0) -> Fault:
    """Entry number `at` (from 0) is counted and not printed."""
    return Fault("missing", sheet=lambda sheet, _scene: with_row(sheet, at, None))


def duplicated(at: int = 0) -> Fault:
    """Entry number `at` (from 0) stands where the next one should, too; all counts agree."""
    return Fault("duplicated", sheet=lambda sheet, _scene: with_row(sheet, at + 1, _rows(sheet)[at]))


def hollow() -> Fault:
    """The page states its total and shows no entry at all: `catchup` while its database is behind."""
    return Fault("hollow", sheet=lambda sheet, _scene: replace(sheet, stated=sheet.total, blocks=()))


def skewed() -> Fault:
    """The trap of `/recent`: the newest entry has gone, and the sections are cut by the counts of before.

    The first section still says "n of n" and holds the first paper of the day before.
    """
    return Fault("skewed", sheet=lambda sheet, _scene: _skewed(sheet))


def stale() -> Fault:
    """The page or feed of one mailing earlier, whole and consistent in itself."""
    return Fault("stale", scene=_one_earlier)


def stale_feed() -> Fault:
    """The RSS feed of today, freshly built, with the items of the mailing before."""
    return Fault("stale feed", scene=lambda scene: replace(scene, batch=before(scene.history, scene.today)))


def stale_entries() -> Fault:
    """The entries of the mailing before under the right date (`/new`, `catchup`, the first section of `/recent`)."""
    return Fault("stale entries", sheet=_with_older_entries)


def hostile_title(text: str, at: int = 0, *, escaped: bool = True) -> Fault:
    """Entry number `at` (from 0) is given a title from hell; escaped as an author's would be, or printed as it is."""
    return Fault("hostile title", sheet=partial(_retitled, text=text, at=at, escaped=escaped))


def hidden(papers: Collection[PaperId]) -> Fault:
    """These papers are unknown to the answer: a feed that is not complete yet, and counts accordingly."""
    return Fault("hidden", scene=lambda scene: replace(scene, hidden=scene.hidden.union(papers)))


def _cut(reply: Reply, share: float, *, promised: bool) -> Reply:
    body = reply.body[: int(len(reply.body) * share)]
    return replace(reply, body=body, missing=len(reply.body) - len(body) if promised else 0)


@lru_cache(maxsize=2)
def _packed(size: int) -> bytes:
    return gzip.compress(b" " * size, compresslevel=1, mtime=0)


def _dated(sheet: Sheet, day: date) -> Sheet:
    if sheet.kind == "recent":
        first, *others = sheet.blocks
        return replace(sheet, blocks=(replace(first, name=short_date(day)), *others))
    return replace(sheet, day=day)


def _rows(sheet: Sheet) -> list[Row | None]:
    return [row for block in sheet.blocks for row in block.rows]


def _skewed(sheet: Sheet) -> Sheet:
    rows = _rows(sheet)[1:]
    blocks = []
    for block in sheet.blocks:
        count = len(block.rows)
        part, rows = rows[:count], rows[count:]
        blocks.append(Block(block.name, (*part, *[None] * (count - len(part)))))
    return replace(sheet, blocks=tuple(blocks))


def _one_earlier(scene: Scene) -> Scene:
    return scene if scene.newest is None else replace(scene, newest=before(scene.history, scene.newest))


def _with_older_entries(sheet: Sheet, scene: Scene) -> Sheet:
    if sheet.kind == "recent":
        first, second, *others = sheet.blocks
        return replace(sheet, blocks=(replace(first, rows=second.rows), second, *others))
    older = before(scene.history, sheet.day)
    return replace(sheet, blocks=sections(scene, sheet.category, older) if older else ())


def _retitled(sheet: Sheet, _scene: Scene, *, text: str, at: int, escaped: bool) -> Sheet:
    row = _rows(sheet)[at]
    if row is None:
        return sheet
    changed = replace(row, record=replace(row.record, title=text)) if escaped else replace(row, markup=text)
    return with_row(sheet, at, changed)
