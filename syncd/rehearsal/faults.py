"""What goes wrong at the loopback arXiv: values that change one answer, and the queue that gives them out.

A fault changes the scene, the sheet or the reply. It must not answer a request itself, nor know of sockets.

    request ─► Scene ─[scene]─► Sheet ─[sheet]─► Reply ─[reply]─► bytes
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from fnmatch import fnmatchcase
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

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
