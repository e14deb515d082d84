"""Calls made in child processes, a few at a time, which may hang, die or eat memory without harm to this one."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

MEMORY = 4 << 30
"""Bytes of address space that a child may use: a loop that never ends may build a list that never ends."""


@dataclass(frozen=True, slots=True)
class Task:
    """A call to make in a child, which may use this many `seconds` of the processor, and ten times as many by the clock."""

    call: Callable[..., Any]
    arguments: tuple[Any, ...]
    seconds: float


def run_in_children(tasks: Iterable[Task], children: int) -> Iterator[tuple[Task, Any]]:
    """Make each call in a child of its own; yield it with its result as it ends, None where the child was killed or died."""
    waiting = iter(tasks)
    running: dict[Any, tuple[Task, ForkProcess, float]] = {}
    while True:
        while len(running) < children and (task := next(waiting, None)):
            receiver, child = _start(task)
            running[receiver] = (task, child, time.monotonic() + 10 * task.seconds)
        if not running:
            return
        ready = wait(list(running), timeout=1)
        now = time.monotonic()
        for receiver in [one for one, (_, _, end) in running.items() if one in ready or now > end]:
            task, child, _ = running.pop(receiver)
            result = None
            if receiver in ready:
                with contextlib.suppress(EOFError):  # it died without an answer
                    result = receiver.recv()
            receiver.close()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid or 0, signal.SIGKILL)  # with what a test has started
            child.join()
            yield task, result


def _start(task: Task) -> tuple[Connection, ForkProcess]:
    # A fork starts in milliseconds with the libraries imported.
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(sender, task))
    child.start()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.setpgid(child.pid or 0, child.pid or 0)
    sender.close()
    return receiver, child


def _answer(sender: Connection, task: Task) -> None:
    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(task.seconds), int(task.seconds) + 1))
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    sender.send(task.call(*task.arguments))
