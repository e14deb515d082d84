"""Tests of `syncd.archive.sql.late_modules`. Each needs a Python that has imported nothing yet."""

from __future__ import annotations

import subprocess
import sys


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout


def test_the_archive_is_imported_without_modules_that_sqlalchemy_uses_for_other_drivers() -> None:
    code = """
import sys
import syncd.archive.sql
print(sys.modules.keys() & {"asyncio", "concurrent.futures", "email", "importlib.metadata", "ssl"} or "none")
"""
    assert _run(code) == "none\n"


def test_sqlalchemy_uses_the_real_modules_once_it_needs_them() -> None:
    code = """
import syncd.archive.sql
from sqlalchemy.util import compat, concurrency, langhelpers

async def wait(): ...

waiting = wait()
print(concurrency.iscoroutine(waiting), concurrency.iscoroutine(wait))
waiting.close()
import asyncio
print(concurrency.is_cancellation_exception(asyncio.CancelledError()), concurrency.is_exit_exception(ValueError()))
print(callable(langhelpers.importlib.metadata.version), len(compat.importlib_metadata_get("console_scripts")) > 0)
"""
    assert _run(code) == "True False\nTrue False\nTrue True\n"


def test_everyone_else_imports_the_real_modules() -> None:
    code = """
import importlib, sys
import syncd.archive.sql
from importlib import metadata
import asyncio, importlib.metadata
import asyncio.events
print(asyncio.run(asyncio.sleep(0, "slept")), metadata.version("sqlalchemy") == importlib.metadata.version("sqlalchemy"))
print(type(asyncio) is type(importlib.metadata) is type(sys), asyncio.events is sys.modules["asyncio.events"])
"""
    assert _run(code) == "slept True\nTrue True\n"


def test_a_module_that_is_asked_for_something_else_while_sqlalchemy_is_imported_is_imported_then() -> None:
    code = """
import sys
sys.modules["sqlalchemy"] = sys.modules["sqlalchemy.dialects"] = sys.modules["sqlalchemy.dialects.sqlite"] = sys
from syncd.archive.sql.late_modules import import_later

with import_later():
    from asyncio import CancelledError
    import asyncio
    print(asyncio is sys.modules["asyncio"], asyncio.CancelledError is CancelledError)
print(asyncio is sys.modules["asyncio"])
"""
    assert _run(code) == "True True\nTrue\n"


def test_beside_other_threads_nothing_stands_for_a_module() -> None:
    code = """
import sys, threading
end = threading.Event()
other = threading.Thread(target=end.wait)
other.start()
import syncd.archive.sql
print("asyncio" in sys.modules, "importlib.metadata" in sys.modules)
end.set()
other.join()
"""
    assert _run(code) == "True True\n"


def test_a_module_that_is_there_already_stays() -> None:
    code = """
import asyncio, sys
import syncd.archive.sql
from sqlalchemy.util import concurrency
print(sys.modules["asyncio"] is asyncio is concurrency.asyncio)
"""
    assert _run(code) == "True\n"
