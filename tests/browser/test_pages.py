"""The web pages and the report in a real browser: nothing that axe finds, no width that breaks, no script that is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.served_pages import ODD, REVISED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Site

    Open = Callable[..., Any]

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
WIDTHS = (360, 768, 1440)
PATHS = (
    "/",
    f"/{ODD}",
    "/2026-07-04",
    f"/paper/{REVISED}",
    "/search",
    "/search?q=depth+OR+images+OR+maps+OR+model",
    "/searches",
    "/searches/maps",
    "/differences",
    "/requests",
    "/report",
    "/nowhere",
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def find_violations(page: Any, *, without: str = "") -> list[str]:
    """Return what axe finds at the levels A and AA, with the first places of each."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": RULES, "rules": {without: {"enabled": False}} if without else {}}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {[node['html'][:200] for node in one['nodes'][:3]]}" for one in found]


def measure_overflow(page: Any) -> int:
    """Return by how many pixels the page is wider than its window."""
    found: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_and_no_width_breaks_a_page(open_page: Open, path: str, scheme: str) -> None:
    page = open_page(path, 360, color_scheme=scheme)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert measure_overflow(page) <= 0, width
        if width != 768:
            assert find_violations(page) == [], width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_file_holds_too_with_a_date_opened(open_page: Open, site: Site, scheme: str) -> None:
    page = open_page(f"file://{site.folder}/report.html", 360, color_scheme=scheme)
    assert find_violations(page) == []
    page.locator(".days summary").first.click()
    assert page.locator(".days details[open] > p").is_visible()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert measure_overflow(page) <= 0, width
        # What a date says lies over other dates for as long as it is open.
        assert find_violations(page, without="target-size") == [], width


def test_everything_works_without_javascript(open_page: Open) -> None:
    page = open_page("/", java_script_enabled=False)
    page.fill("input[name=q]", "depth maps")
    page.press("input[name=q]", "Enter")
    assert page.locator("article h3").count() == 1
    page.click("article h3 a")
    assert page.url.endswith(f"/paper/{REVISED}")
    page.goto("/report")
    page.locator(".days summary").first.click()
    assert page.locator(".days details[open] a").count() == 1


def test_the_keyboard_alone_is_enough(open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("n")
    page.wait_for_url(f"**/{ODD}")
    page.keyboard.press("p")
    page.wait_for_url("**/2026-07-13")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.goto("/report")
    page.locator(".days summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".days details[open] > p").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.href").startswith(page.url.removesuffix("report"))


def test_hostile_texts_are_shown_and_nothing_runs(open_page: Open) -> None:
    page = open_page(f"/{ODD}")
    assert "<script>alert(1)</script>" in page.inner_text("main")
    page.goto("/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert page.input_value("#q") == '"><script>alert(1)</script>'


def test_the_printed_report_shows_every_year_without_navigation(open_page: Open) -> None:
    page = open_page("/report")
    page.emulate_media(media="print")
    assert not page.locator(".top nav").is_visible()
    assert len(page.pdf(format="A4")) > 20_000


def test_the_pictures_of_the_documentation_are_taken(open_page: Open, site: Site) -> None:
    page = open_page(f"file://{site.folder}/report.html")
    page.screenshot(path=IMAGES / "report.png", clip={"x": 0, "y": 0, "width": 800, "height": 660})
    page.goto(f"{site.address}/2026-07-13")
    page.screenshot(path=IMAGES / "pages-mailing.png", clip={"x": 0, "y": 0, "width": 800, "height": 620})
