"""A process that has imported syncd, and forks a child for each command: so thousands of kills cost no imports.

It reads one JSON object a line from standard input and answers with one. The shim of `shim.c` must be loaded.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import sys
import traceback
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

CLASSES = ("write", "fsync", "name", "open", "close", "lock", "connect", "send")
"""The classes of calls, in the order of `shim.c`."""


def serve() -> None:
    """Answer until the input ends."""
    _import_all()
    shim = ctypes.CDLL(os.environ["TORTURE_SHIM"])
    shim.torture_what.restype = ctypes.c_char_p
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_answer(shim, json.loads(line))), flush=True)


def _import_all() -> None:
    import syncd

    for module in walk_packages(syncd.__path__, "syncd."):
        if not module.name.endswith("__main__") and "migrations" not in module.name:
            import_module(module.name)
    for name in ("alembic.command", "sqlalchemy.dialects.sqlite.pysqlite", "encodings.idna", "tests.torture.turns"):
        import_module(name)


def _answer(shim: ctypes.CDLL, asked: dict[str, Any]) -> dict[str, Any]:
    out, err = os.memfd_create("out"), os.memfd_create("err")
    child = os.fork()
    if child == 0:
        _run(shim, asked, out, err)
    ended = os.pidfd_open(child)
    is_hanging = not select.select([ended], [], [], asked["timeout"])[0]
    if is_hanging:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    texts = [os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace") for file in (out, err)]
    for file in (ended, out, err):
        os.close(file)
    return {
        "code": code,
        "out": texts[0],
        "err": texts[1],
        "is_hanging": is_hanging,
        "calls": {name: shim.torture_count(number) for number, name in enumerate(CLASSES)},
        "what": shim.torture_what().decode(errors="replace") if shim.torture_fired() else "",
    }


def _run(shim: ctypes.CDLL, asked: dict[str, Any], out: int, err: int) -> None:
    """Be the command: never returns."""
    code = 70
    try:
        os.environ.update(asked["environment"])
        os.chdir(asked["folder"])
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        fault = asked["fault"]
        classes = sum(1 << CLASSES.index(name) for name in fault["classes"])
        shim.torture_arm(
            asked["folder"].encode(),
            classes,
            ctypes.c_long(fault["nth"]),
            fault["failure"],
            int(fault["is_sticky"]),
        )
        code = _call(asked["arguments"])
    except BaseException:  # noqa: BLE001  it is what the run is judged by
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _call(arguments: list[str]) -> int:
    if arguments[0] == "TURN":
        from tests.torture.turns import make_one_turn

        return make_one_turn()
    from syncd.cli.main import exit_code_of

    return exit_code_of(arguments)


if __name__ == "__main__":
    serve()
