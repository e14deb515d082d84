"""Sources are found by their files: adding one takes no edit of another module."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from syncd.usecases import compare
from syncd.usecases.compare.plan import plan
from syncd.usecases.compare.select import Selection, assign_sources, list_upstream_days
from syncd.usecases.compare.source_table import list_names, load_auto_sources, load_source, summarize
from syncd.usecases.compare.source_view import Source
from tests.support import toy_sources
from tests.support.command_line import Shell
from tests.support.compared_archive import DAYS, LAST, compare_days
from tests.support.small_archive import noon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.small_archive import World

NAMES = ["api", "catchup", "oai", "rss", "snapshot"]
TOY_DAY = DAYS[-2]


@pytest.fixture
def toy() -> Iterator[None]:
    """Put the folder of the toy source beside the package's own, as if its file were there."""
    command = "syncd.cli.commands.diff"
    compare.__path__.append(toy_sources.__path__[0])
    sys.modules.pop(command, None)  # a command reads the names of its sources when it is imported
    try:
        yield
    finally:
        compare.__path__.remove(toy_sources.__path__[0])
        for module in (command, f"{compare.__name__}.from_toy"):
            sys.modules.pop(module, None)
        del compare.from_toy  # type: ignore[attr-defined]


def test_each_file_of_a_source_holds_one_with_a_summary() -> None:
    assert list_names() == NAMES
    assert all(isinstance(load_source(name), Source) for name in NAMES)
    assert all(summarize(name) for name in NAMES)
    assert [name for name, _ in load_auto_sources()] == ["catchup", "api"]


def test_an_unknown_source_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError):
        load_source("toy")


@pytest.mark.usefixtures("toy")
def test_a_new_source_is_compared_with(here: World) -> None:
    found = compare_days(here, TOY_DAY, LAST, source="toy")
    assert [(change.day, change.code, change.theirs) for change in found.changes] == [
        (TOY_DAY, "title-changed", "A Title of the Toy")
    ]
    assert (LAST, "mailing", "the toy knows another date") in {(n.day, n.what, n.why) for n in found.not_compared}
    assert here.asked == []


@pytest.mark.usefixtures("toy")
def test_a_new_source_is_planned_by_its_own_figures(here: World) -> None:
    with here.open() as work:
        assert plan(work, Selection((TOY_DAY, LAST), "toy")).requests == 7


@pytest.mark.usefixtures("toy")
def test_a_new_source_gives_its_default_dates_and_takes_its_rank_among_the_automatic_ones(here: World) -> None:
    with here.open() as work:
        assert list_upstream_days(work, (None, None), "toy") == [TOY_DAY]
        assert assign_sources(work, Selection((TOY_DAY, LAST))) == [("toy", (TOY_DAY,)), ("catchup", (LAST,))]


@pytest.mark.usefixtures("toy")
def test_a_new_source_is_offered_by_the_command_and_its_help(
    here: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = Shell(tmp_path, capsys, monkeypatch)
    shell.set_up(here.server, noon(LAST))
    shown = " ".join(shell("diff", "--help").out.split())
    assert "|snapshot|toy]" in shown
    assert "toy: a source for tests, which knows a single date" in shown
    ended = shell("diff", "--source", "toy", "--json")
    assert ended.code == 1
    assert [one["theirs"] for one in ended.json["differences"]] == ["A Title of the Toy"]


def test_a_source_that_was_removed_is_not_offered(
    here: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = Shell(tmp_path, capsys, monkeypatch)
    shell.set_up(here.server, noon(LAST))
    assert "toy" not in shell("diff", "--help").out
    assert shell("diff", "--source", "toy").code == 2


def test_names_and_summaries_are_read_without_importing_a_source() -> None:
    script = (
        "import sys; from syncd.usecases.compare import source_table as table;"
        "[table.summarize(name) for name in table.list_names()];"
        "print(*(name for name in sys.modules if name.startswith('syncd.')))"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(ended.stdout.split()) == {
        "syncd.usecases",
        "syncd.usecases.compare",
        "syncd.usecases.compare.source_table",
    }
