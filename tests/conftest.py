"""Fixtures that more than one test module needs."""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from syncd.cli import COLLECTION
from tests.support.compiled_statements import share_compiled_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

# How fast this machine is at the moment is nothing that a test asserts. The same examples are tried each time, so that a change
# is not blamed for what it did not break. SYNCD_EXAMPLES=300 tries that many, SYNCD_RANDOM=1 others each time.
settings.register_profile(
    "syncd",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=int(os.environ.get("SYNCD_EXAMPLES") or 30),
    derandomize=not os.environ.get("SYNCD_RANDOM"),
)
settings.load_profile("syncd")

_MOST_LEFT = 10.0
"""Seconds of processor that a thread which outlives the tests may have had."""

share_compiled_statements()

# Lines are wrapped for the terminal that a person starts the tests in, and in the processes of pytest-xdist, too.
os.environ.pop("COLUMNS", None)

# A shell that starts the tests in the background has them ignore Ctrl-C, and so would every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real payloads and seeds beside the project; the test is skipped where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip(f"needs the folder of real payloads beside the project: {folder.name}")
    return folder


@pytest.fixture(scope="session")
def seeds(shared: Path) -> list[bytes]:
    """The five real digests, oldest file name first."""
    return [path.read_bytes() for path in sorted((shared / "seeds").iterdir())]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what only root may do, such as mounting, for everyone else; `.ci/run` runs it as root."""
    if os.geteuid() != 0:
        only_root = pytest.mark.skip(reason="only root may do this; .ci/run does")
        for item in items:
            if item.get_closest_marker("root"):
                item.add_marker(only_root)


def pytest_collection_finish() -> None:
    """Let the garbage collector leave what was collected alone: it has little to find, and looks through all of it often."""
    gc.freeze()
    gc.set_threshold(*COLLECTION)  # as `syncd` itself does


@pytest.fixture(scope="session", autouse=True)
def find_busy_threads() -> Iterator[None]:
    """Fail where a thread that a test left behind was busy until the end: it slows all later tests of its process."""
    yield
    left = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    busy = {str(thread): used for thread in left if (used := _count_seconds(thread)) > _MOST_LEFT}
    assert not busy, f"threads that no test has ended, and their seconds of processor: {busy}"


def _count_seconds(thread: threading.Thread) -> float:
    """Return how long a thread has had a processor. 0 where it has just ended, or the kernel does not count that."""
    try:
        counted = Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return int(counted.split()[0]) / 1e9


@pytest.fixture(autouse=True)
def restore_log() -> Iterator[None]:
    """Give the program's logger back as it was: a command run in this process sets its level and its stream.

    Before a test, too, as a command may be run by a fixture of the whole module.
    """
    _reset_log()
    yield
    _reset_log()


def _reset_log() -> None:
    logger = logging.getLogger("syncd")
    logger.handlers, logger.propagate = [], True
    logger.setLevel(logging.NOTSET)
