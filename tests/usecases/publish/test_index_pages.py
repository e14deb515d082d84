"""The README files and the feed of a published repository: the same bytes on every host, beside the digests."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from syncd.usecases.inspect.check import Scope, check
from tests.support.git_checkouts import DAYS, LAST, Host, edit, git, head, is_clean, log, root_of, run_publish

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.small_archive import World

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
PAGES = ["2026/README.md", "README.md", "feed.atom"]


@pytest.fixture
def here(host: Host, tmp_path: Path) -> World:
    """A checkout without a commit, for which pages are to be kept."""
    made = host(tmp_path / "here", **{"publish.index": "true"})
    git(root_of(made), "init", "-q", "-b", "main")
    return made


def read_page(here: World, path: str, commit: str = "HEAD") -> str:
    return git(root_of(here), "show", f"{commit}:{path}")


def test_each_commit_holds_the_pages_as_it_leaves_them(here: World) -> None:
    run_publish(here)
    assert len(log(root_of(here))) == len(DAYS)
    first, *_, last = log(root_of(here), "%H")
    changed = git(root_of(here), "show", "--root", "--format=", "--name-only", first).splitlines()
    assert changed == ["2026/2026-06-30.md", *PAGES]
    assert "1 mailing with 5 papers, 2026-06-30 to 2026-06-30." in read_page(here, "README.md", first)
    shown = read_page(here, "README.md", last)
    assert "[Monday, 2026-07-13](2026/2026-07-13.md)" in shown
    assert "| [2026](2026/README.md) | 9 | 38 |" in shown
    year = read_page(here, "2026/README.md")
    assert year.index("## July") < year.index("| [2026-07-13](2026-07-13.md) | Monday | 3 |") < year.index("## June")
    feed = ElementTree.fromstring(read_page(here, "feed.atom"))
    entries = feed.findall("{http://www.w3.org/2005/Atom}entry")
    assert len(entries) == 9
    assert entries[0][3].attrib["href"] == "2026/2026-07-13.md"


def test_the_folder_has_the_pages_and_nothing_is_left_to_commit(here: World) -> None:
    run_publish(here)
    assert is_clean(root_of(here))
    assert run_publish(here).problem == ""
    assert len(log(root_of(here))) == len(DAYS)
    with here.open() as work:
        assert not [
            one for one in check(work, Scope()).problems if "README" in (one.path or "") or "feed" in one.message
        ]


def test_two_hosts_give_the_same_ids_whenever_they_commit(here: World, host: Host, tmp_path: Path) -> None:
    other = host(tmp_path / "other", **{"publish.index": "true"})
    git(root_of(other), "init", "-q", "-b", "main")
    run_publish(here)
    for _ in DAYS:
        run_publish(other)
    assert head(root_of(other)) == head(root_of(here))


def test_an_edited_digest_changes_the_pages_with_its_commit(here: World) -> None:
    run_publish(here)
    edit(here, LAST)
    run_publish(here)
    assert is_clean(root_of(here))
    assert log(root_of(here))[-1].endswith("(edited)")


def test_pages_that_are_asked_for_later_get_a_commit_of_their_own(here: World) -> None:
    here.overrides["publish.index"] = "false"
    run_publish(here)
    here.overrides["publish.index"] = "true"
    run_publish(here)
    assert log(root_of(here))[-1] == "Index of the mailings"
    assert git(root_of(here), "show", "--format=", "--name-only", "HEAD").splitlines() == PAGES
    assert is_clean(root_of(here))


def test_a_page_that_a_person_changed_or_removed_is_made_again(here: World) -> None:
    run_publish(here)
    (root_of(here) / "feed.atom").unlink()
    page = root_of(here) / "README.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(f"{text}more\n", encoding="utf-8")
    assert run_publish(here).problem == ""
    assert page.read_text(encoding="utf-8") == text
    assert is_clean(root_of(here))


def test_a_readme_of_a_person_is_never_touched(here: World) -> None:
    page = root_of(here) / "README.md"
    page.write_text("# My digests\n", encoding="utf-8")
    assert "README.md is not syncd's; move it away, or set publish.index = false" in run_publish(here).problem
    assert page.read_text(encoding="utf-8") == "# My digests\n"
    assert git(root_of(here), "for-each-ref") == ""
