"""The demo archive in Datasette with the shipped metadata: its pages, the search, the facets and the six questions."""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import yaml

from syncd.archive.sql.database import open_database
from syncd.archive.sql.store import Store
from tests.support.demo_archive import fill_demo
from tests.support.schema_comments import VIEWS, read_tables

if TYPE_CHECKING:
    from collections.abc import Callable

if sys.version_info >= (3, 13):
    reason = (
        "Datasette leaves databases open, from its import on, and Python 3.13 reports that in the tests that follow"
    )
    pytest.skip(reason, allow_module_level=True)
METADATA = yaml.safe_load((Path(__file__).resolve().parents[2] / "docs" / "datasette.yaml").read_text(encoding="utf-8"))
QUERIES = METADATA["databases"]["syncd"]["queries"]
Answer = tuple[int, str, Any]


@pytest.fixture(scope="module")
def get(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Answer]:
    """Return what Datasette answers to a path: status, text, and the content of JSON. No socket is opened."""
    # Its import takes half a second of every process that only collects tests.
    app = pytest.importorskip(
        "datasette.app", reason="needs Datasette: .venv/bin/pip install -c constraints.txt --group datasette"
    )
    file = tmp_path_factory.mktemp("datasette") / "syncd.db"
    with closing(open_database(f"sqlite:///{file}", create=True)) as database:
        fill_demo(Store(database, "demo"))
    served = app.Datasette([str(file)], metadata=METADATA)

    def ask(path: str, **wanted: object) -> Answer:
        address = f"{path}?{urlencode(wanted)}" if wanted else path
        answer = asyncio.run(served.client.get(address))
        return answer.status_code, answer.text, answer.json() if ".json" in path else None

    return ask


@pytest.mark.parametrize("name", [*VIEWS, *(name for name in read_tables() if not name.startswith("syncd_"))])
def test_each_table_and_view_is_a_page_with_its_meaning(get: Callable[..., Answer], name: str) -> None:
    status, text, _ = get(f"/syncd/{name}")
    assert status == 200
    assert METADATA["databases"]["syncd"]["tables"][name]["description"].split(",")[0] in text


def test_only_tables_for_people_are_shown(get: Callable[..., Answer]) -> None:
    status, _, found = get("/syncd.json")
    assert status == 200
    shown = {one["name"] for one in found["tables"] if not one["hidden"]}
    assert shown == {name for name in read_tables() if not name.startswith("syncd_")}
    assert set(VIEWS) <= {one["name"] for one in found["views"]}


def test_papers_are_searched_by_the_forms_of_words(get: Callable[..., Answer]) -> None:
    _, text, _ = get("/syncd/papers")
    assert 'name="_search"' in text
    _, _, found = get("/syncd/papers.json", _search="shadows", _shape="objects")
    assert {row["id"] for row in found["rows"]} == {"2606.31288", "2606.30377"}
    _, _, none = get("/syncd/papers.json", _search='"shadows of', _shape="objects")
    assert none["rows"] == []


def test_papers_come_newest_first_and_by_day(get: Callable[..., Answer]) -> None:
    _, _, found = get("/syncd/papers.json", _shape="objects")
    assert found["rows"][0]["id"] == "2607.10004"
    _, _, found = get("/syncd/papers.json", _shape="objects", day="2026-07-08")
    assert len(found["rows"]) == found["filtered_table_rows_count"] == 3


def test_papers_have_facets_by_year_category_and_state(get: Callable[..., Answer]) -> None:
    _, _, found = get("/syncd/papers.json")
    facets = {
        name: {one["value"]: one["count"] for one in facet["results"]} for name, facet in found["facet_results"].items()
    }
    assert facets["year"] == {2026: 38}
    assert facets["state"] == {"complete": 28, "adopted": 5, "reconstructed": 5}
    assert facets["primary_category"]["cs.CV"] == 26


@pytest.mark.parametrize("name", QUERIES)
def test_each_of_the_six_questions_has_an_answer(get: Callable[..., Answer], name: str) -> None:
    status, _, found = get(f"/syncd/{name}.json")
    assert status == 200
    assert found["rows"]
    assert get(f"/syncd/{name}")[0] == 200


def test_there_are_six_questions() -> None:
    assert len(QUERIES) == 6
