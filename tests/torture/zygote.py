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
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

CLASSES = ("write", "fsync", "name", "open", "close", "lock", "connect", "send")
"""The classes of calls, in the order of `shim.c`."""
_IMPORTED_LATE = (
    "alembic.command",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "encodings.idna",
    "tests.torture.turns",
    "tests.torture.serving",
)


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
    for name in _IMPORTED_LATE:
        import_module(name)


def _answer(shim: ctypes.CDLL, asked: dict[str, Any]) -> dict[str, Any]:
    out, err, loaded = (os.memfd_create(name) for name in ("out", "err", "loaded"))
    child = os.fork()
    if child == 0:
        _run(shim, asked, (out, err, loaded))
    ended = os.pidfd_open(child)
    is_hanging = not select.select([ended], [], [], asked["timeout"])[0]
    if is_hanging:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    texts = [os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace") for file in (out, err, loaded)]
    for file in (ended, out, err, loaded):
        os.close(file)
    _import_again(texts[2].split())
    return {
        "code": code,
        "out": texts[0],
        "err": texts[1],
        "is_hanging": is_hanging,
        "calls": {name: shim.torture_count(number) for number, name in enumerate(CLASSES)},
        "what": shim.torture_what().decode(errors="replace") if shim.torture_fired() else "",
    }


def _import_again(names: list[str]) -> None:
    """Import what a child had to import, so that the next one need not."""
    for name in names:
        with suppress(Exception):
            import_module(name)
    if names:
        gc.collect()
        gc.freeze()


def _run(shim: ctypes.CDLL, asked: dict[str, Any], files: tuple[int, int, int]) -> None:
    """Be the command: never returns. `files` are for its output, its errors and the modules that it imported."""
    code, (out, err, loaded), before = 70, files, set(sys.modules)
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
        os.write(loaded, "\n".join(name for name in sys.modules if name not in before).encode())
        os._exit(code)


def _call(arguments: list[str]) -> int:
    if arguments[0] == "TURN":
        from tests.torture.turns import make_one_turn

        return make_one_turn()
    if arguments[0] == "SERVE":
        from tests.torture.serving import serve_pages

        return serve_pages()
    from syncd.cli.main import exit_code_of

    return exit_code_of(arguments)


if __name__ == "__main__":
    serve()
