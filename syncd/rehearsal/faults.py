"""What goes wrong at the loopback arXiv: values that change one answer, and the queue that gives them out.

A fault changes the scene, the sheet or the reply. It must not answer a request itself, nor know of sockets.

    request ─► Scene ─[scene]─► Sheet ─[sheet]─► Reply ─[reply]─► bytes
"""

from __future__ import annotations

import gzip
from collections import deque
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from syncd.core.values import dataclass
from syncd.rehearsal import reply as replies

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncd.rehearsal.reply import Reply
    from syncd.rehearsal.scene import Scene
    from syncd.rehearsal.sheets import Sheet

T = TypeVar("T")


def _keep_scene(scene: Scene) -> Scene:
    return scene


def _keep(value: T, _scene: Scene) -> T:
    return value


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, made by a function below and limited to some requests by `on`.

    `path` is a shell pattern over path and query (`/list/*`, `*page=2*`), `times` the number of answers to change (None:
    all), `spare` the number of matching requests that are answered correctly before.
    """

    name: str
    scene: Callable[[Scene], Scene] = _keep_scene
    sheet: Callable[[Sheet, Scene], Sheet] = _keep
    reply: Callable[[Reply, Scene], Reply] = _keep
    path: str = "*"
    times: int | None = 1
    spare: int = 0

    def on(self, path: str = "*", *, times: int | None = 1, spare: int = 0) -> Fault:
        """Return the same fault for other requests."""
        return replace(self, path=path, times=times, spare=spare)


class Faults:
    """A queue of faults. Each request takes the first one that matches it. Several threads may use it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[Fault] = deque()

    def add(self, *faults: Fault) -> None:
        """Put faults at the end."""
        with self._lock:
            self._waiting.extend(faults)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._waiting.clear()

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """Return the faults that have not happened yet, or continue to happen."""
        with self._lock:
            return tuple(self._waiting)

    def take(self, target: str) -> Fault | None:
        """Return the fault of this request and count it as one of its times. None when there is no fault."""
        with self._lock:
            for index, fault in enumerate(self._waiting):
                if not fnmatchcase(target, fault.path):
                    continue
                if fault.spare:
                    self._waiting[index] = replace(fault, spare=fault.spare - 1)
                    continue
                self._use_up(index, fault)
                return fault
        return None

    def _use_up(self, index: int, fault: Fault) -> None:
        if fault.times == 1:
            del self._waiting[index]
        elif fault.times is not None:
            self._waiting[index] = replace(fault, times=fault.times - 1)


def status(code: int, *, retry_after: int | datetime | None = None, body: str = "") -> Fault:
    """Answer with this status and header: 503 with Retry-After (seconds or a moment), 403, 406, 500, 502 or 504."""
    value = format_datetime(retry_after, usegmt=True) if isinstance(retry_after, datetime) else retry_after
    headers = () if value is None else (("Retry-After", str(value)),)
    return Fault(f"status {code}", reply=lambda _reply, _scene: replies.plain(body, code, *headers))


def halved(share: float = 0.5) -> Fault:
    """Send a page that is cut in the middle, in a complete and correct HTTP answer."""
    return Fault("halved", reply=lambda reply, _scene: replace(reply, body=reply.body[: int(len(reply.body) * share)]))


def drip(piece: int = 64, pause: float = 0.05) -> Fault:
    """Send the body in pieces of `piece` bytes with a pause (seconds) before each."""
    return Fault("drip", reply=lambda reply, _scene: replace(reply, piece=piece, pause=pause))


def rate_exceeded() -> Fault:
    """Answer 429 as arXiv does: fourteen bytes and no Retry-After."""
    return status(429, body="Rate exceeded.")


def database_lag() -> Fault:
    """Answer 503 with Retry-After: 300 in plain text, as `/list` does while its database is behind."""
    return status(503, retry_after=300, body="Service is catching up, try again later.")


def reset(after: int = 0) -> Fault:
    """Reset the connection after `after` bytes of the body. 0 is before the first byte of the answer."""
    return Fault("reset", reply=lambda reply, _scene: replace(reply, reset_at=after))


def truncated(share: float = 0.5) -> Fault:
    """End the connection after a share of the bytes that Content-Length promises."""
    return Fault("truncated", reply=lambda reply, _scene: _truncate(reply, share))


def bomb(size: int = 65 << 20) -> Fault:
    """Send a small gzip body that unpacks to `size` bytes of blanks."""
    encoding = (("Content-Encoding", "gzip"),)
    return Fault("bomb", reply=lambda reply, _scene: replace(reply, body=_packed(size), headers=encoding))


def typed(kind: str) -> Fault:
    """Send the right body under a wrong content type."""
    return Fault(f"typed {kind}", reply=lambda reply, _scene: replace(reply, kind=kind))


def redirect(location: str, code: int = 302) -> Fault:
    """Send the client elsewhere."""
    moved = ("Location", location)
    return Fault(f"redirect {location}", reply=lambda _reply, _scene: replies.html("<p>Moved.</p>\n", code, moved))


def maintenance() -> Fault:
    """Send a page that has nothing to do with the question, with status 200."""
    text = "<!DOCTYPE html>\n<html><body><h1>Down for maintenance</h1><p>Please come back later.</p></body></html>\n"
    return Fault("maintenance", reply=lambda _reply, _scene: replies.html(text))


def _truncate(reply: Reply, share: float) -> Reply:
    body = reply.body[: int(len(reply.body) * share)]
    return replace(reply, body=body, missing=len(reply.body) - len(body))


@lru_cache(maxsize=2)
def _packed(size: int) -> bytes:
    return gzip.compress(b" " * size, compresslevel=1, mtime=0)
