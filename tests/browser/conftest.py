"""The archive behind `syncd serve`, a process of the real command, and a real Chromium that visits it.

`make test-web` runs these tests. Elsewhere they are not collected, as a browser takes seconds to start.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from syncd.archive.sql.ledger import SqlLedger
from tests.serve.conftest import LAST, fill, log_request
from tests.support.served_pages import ODD
from tests.support.small_archive import noon, world
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

collect_ignore_glob = [] if os.environ.get("SYNCD_BROWSER") == "1" else ["test_*.py"]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass(frozen=True)
class Site:
    """The address of the pages, and the folder of their archive."""

    address: str
    folder: Path


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The pages of ten mailings, one of them with odd texts."""
    folder = tmp_path_factory.mktemp("site")
    copy_synced(folder, noon(LAST))
    with world(folder, noon(ODD)) as made, made.open() as work:
        fill(work.store)
        log_request(SqlLedger(work.database))
    with (folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write("\n[searches]\nmaps = 'depth maps'\nnothing = 'zzzz'\n")
    environment = {**os.environ, "SYNCD_NOW": noon(ODD).isoformat()}
    command = [sys.executable, "-m", "syncd", "-c", str(folder / "config.toml")]
    subprocess.run([*command, "report", "-o", str(folder / "report.html")], env=environment, check=True)
    serving = [*command, "serve", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(serving, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        address = next(line.split()[1].rstrip("/") for line in lines if line.startswith("serving "))
        yield Site(address, folder)
        process.terminate()
        process.communicate()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser, started once."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, site: Site) -> Iterator[Callable[..., Any]]:
    """Return what opens a page of the site in a window of its own. Any request to elsewhere, dialog or error fails the test."""
    contexts, odd = [], list[str]()

    def open_address(path: str, width: int = 800, **options: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 900}, base_url=site.address, **options)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda request: None if request.url.startswith((site.address, "file:")) else odd.append(request.url),
        )
        page.on("dialog", lambda dialog: odd.append(f"dialog {dialog.message}"))
        page.on("pageerror", lambda error: odd.append(f"error {error}"))
        page.on(
            "console", lambda said: odd.append(said.text) if said.type == "error" and "404" not in said.text else None
        )
        page.goto(path)
        return page

    yield open_address
    for context in contexts:
        context.close()
    assert odd == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests of this folder where no browser is there."""
    for item in items:
        if CHROMIUM is None and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="needs Chromium: apt install chromium"))
