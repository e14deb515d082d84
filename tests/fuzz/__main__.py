"""Feed every reader with broken input, and print how often and what was found: `make fuzz`.

Each target runs in a process of its own, with bounded memory and time for each input. An input after which a reader raises
anything but a refusal, hangs, or takes too much memory is kept in build/fuzz. SYNCD_LONG=HOURS shares as many hours. Ctrl-C or
SIGTERM ends it with what was tried so far.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import signal
import sys
import time
import traceback
import warnings
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Never

from tests.fuzz.mutations import mutate
from tests.fuzz.targets import Target, make_targets
from tests.support.stoppable_run import StopRequest, run_in_room
from tests.torture.figures import record

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTES = 3.0
LONGEST = 5
"""Seconds of CPU time that one input may take."""
MEMORY = 1 << 30
KEPT = Path(__file__).resolve().parents[2] / "build" / "fuzz"


class TooSlow(BaseException):
    """An input took too long. It is no Exception, so that no reader catches it."""


def main() -> int:
    """Run the targets one after the other, and return 1 where something was found."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("SYNCD_LONG") or 0) * 60 or MINUTES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append")
    parser.add_argument("--record", action="store_true", help="write the figures into docs/reliability.json")
    asked = parser.parse_args()
    return run_in_room("syncd-fuzz-", partial(_run, asked))


def _run(asked: argparse.Namespace, room: Path, stop: StopRequest) -> int:
    """Feed the targets one after the other, and print how often and what was found, until a stop is asked for."""
    total, finds, count = 0, 0, 0
    print(f"{'reader':16} {'inputs':>9} {'refused':>9} {'accepted':>9}  found")
    targets = [one for one in make_targets(room) if not asked.only or one.name in asked.only]
    for target in targets:
        if stop.is_made():
            break
        done, refused, found = _run_apart(
            partial(_feed, target, asked.minutes * 60 / len(targets), asked.seed, stop), stop
        )
        print(f"{target.name:16} {done:9,} {refused:9,} {done - refused:9,}  {len(found) or 'nothing'}", flush=True)
        print("".join(f"    {line}\n" for line in found), end="", flush=True)
        total, finds, count = total + done, finds + len(found), count + 1
    words = f"{total:,} broken inputs to {count} readers: {finds} found"
    if stop.is_made():
        print("stopped: this is what was tried so far")
    print(words)
    if asked.record:
        record("make fuzz", words)
    return 1 if finds else 0


def _run_apart(feed: Callable[[Callable[[Any], None]], None], stop: StopRequest) -> tuple[int, int, list[str]]:
    """Feed a target in a fork. One that ends it (a crash of a library) is found as well."""
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=feed, args=(sender.send,))
    process.start()
    sender.close()
    while not receiver.poll(1):
        if stop.is_made():
            process.terminate()
    try:
        result: tuple[int, int, list[str]] = receiver.recv()
    except EOFError:
        result = 0, 0, [f"its process ended with {process.exitcode}"]
    process.join()
    return result


def _feed(target: Target, seconds: float, seed: int, stop: StopRequest, send: Callable[[Any], None]) -> None:
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY * 2, MEMORY * 2))
    signal.signal(signal.SIGVTALRM, _end_slow)
    for sound in target.corpus:
        _try(target, sound)
    chance, end = Random(f"{seed} {target.name}"), time.monotonic() + seconds
    done = refused = 0
    found: dict[str, str] = {}
    while time.monotonic() < end and not stop.is_made():
        data = mutate(chance, target.corpus)
        fault = _try(target, data)
        done += 1
        refused += fault == "refused"
        if fault not in {"", "refused"} and fault not in found:
            found[fault] = _keep(target, data)
    send((done, refused, [f"{fault} ({kept})" for fault, kept in found.items()]))


def _end_slow(*_signal: object) -> Never:
    raise TooSlow


def _try(target: Target, data: bytes) -> str:
    """Return how a reader ended: an empty string, `refused`, or what it did wrong."""
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
    try:
        target.read(data)
    except target.allowed:
        return "refused"
    except BaseException as error:  # noqa: BLE001  it is what the reader is judged by
        return _describe(error)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return ""


def _describe(error: BaseException) -> str:
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "/syncd/" in frame.filename]
    last = ours[-1] if ours else None
    where = f" in {Path(last.filename).name}:{last.lineno} {last.name}" if last else ""
    return f"{type(error).__name__}: {str(error)[:100]!r}{where}" if not where else f"{type(error).__name__}{where}"


def _keep(target: Target, data: bytes) -> str:
    KEPT.mkdir(parents=True, exist_ok=True)
    file = KEPT / f"{target.name}-{hashlib.sha256(data).hexdigest()[:12]}"
    file.write_bytes(data)
    return str(file.relative_to(KEPT.parents[1]))


if __name__ == "__main__":
    sys.exit(main())
