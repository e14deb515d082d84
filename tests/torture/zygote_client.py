"""The driver's side of the process that forks: it compiles the shim, starts the process and asks it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

HERE = Path(__file__).resolve().parent
TIMEOUT = 120.0
"""Seconds after which a command counts as hanging: more than all that it may wait for, on a busy machine."""


@dataclass(frozen=True)
class Fault:
    """What befalls a command: the `nth` call of these classes fails with an errno (-1: the process is killed)."""

    classes: tuple[str, ...] = ()
    nth: int = 0
    failure: int = 0
    is_sticky: bool = False


@dataclass(frozen=True)
class Ended:
    """How a command ended. `what` is the call that was struck, empty where none was."""

    code: int
    out: str
    err: str
    is_hanging: bool
    calls: dict[str, int]
    what: str


@cache
def find_compiler() -> str | None:
    """Return the C compiler, None where there is none."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


class Zygote:
    """The process that forks commands. It lives while its context is entered."""

    def __init__(self, room: Path) -> None:
        self._shim = room / "shim.so"
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        compiler = find_compiler()
        assert compiler is not None
        flags = ["-O1", "-Wall", "-shared", "-fPIC"]
        subprocess.run([compiler, *flags, "-o", str(self._shim), str(HERE / "shim.c"), "-ldl"], check=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SYNCD_", "GIT_"))}
        # To read the certificates of the system takes a third of the time of a command, and nothing here is encrypted.
        shim = {"LD_PRELOAD": str(self._shim), "TORTURE_SHIM": str(self._shim), "SSL_CERT_FILE": os.devnull}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.zygote"],
            env=kept | shim | {"NO_COLOR": "1"},
            cwd=HERE.parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.communicate()

    def run(self, arguments: Sequence[str], folder: Path, environment: dict[str, str], fault: Fault = Fault()) -> Ended:
        """Run a command in a folder, and let the fault befall it."""
        assert self._process is not None
        assert self._process.stdin is not None
        asked = {
            "arguments": list(arguments),
            "folder": str(folder),
            "environment": environment,
            "timeout": TIMEOUT,
            "fault": fault.__dict__,
        }
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._read()))

    def _read(self) -> Any:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process that forks has ended")
        return line
