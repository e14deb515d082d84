"""The loopback arXiv: the shapes of its pages, its clock, its paging and its memory of requests."""

from __future__ import annotations

import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection, HTTPMessage
from itertools import chain
from random import Random
from threading import Barrier
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

import pytest
from selectolax.lexbor import LexborHTMLParser

from syncd import config
from syncd.core.model import PaperId, Version
from syncd.rehearsal.faults import Fault
from syncd.rehearsal.history import NEW_YORK, Edition, announced_at, small_history
from syncd.rehearsal.server import Server, config_text
from tests.support.changed_history import revised
from tests.support.generated_history import grown_history

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = datetime(2026, 7, 9, 12, tzinfo=NEW_YORK)
RECORD_OF_FOG = "/oai?verb=GetRecord&metadataPrefix=arXivRaw&identifier=oai:arXiv.org:2606.31777"
OPTIONAL_IN_OAI = {"comments", "report-no", "journal-ref", "doi", "msc-class", "acm-class", "license"}
NAMES = {
    "oai": "{http://www.openarchives.org/OAI/2.0/}",
    "raw": "{http://arxiv.org/OAI/arXivRaw/}",
    "atom": "{http://www.w3.org/2005/Atom}",
    "arxiv": "{http://arxiv.org/schemas/atom}",
}


class Answer(NamedTuple):
    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def ids(self) -> list[str]:
        return re.findall(r'<a href ="/abs/([^"]+)" title="Abstract"', self.text)


def ask(server: Server, target: str, **headers: str) -> Answer:
    connection = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=10)
    try:
        connection.request("GET", target, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(small_history(), lambda: NOON) as running:
        yield running


@pytest.fixture(scope="module")
def large() -> Iterator[Server]:
    """Three weeks of 120 papers a day, seen on a Monday."""
    history = grown_history(Random(5), date(2026, 5, 11), date(2026, 6, 1), 120)
    with Server(history, lambda: datetime(2026, 6, 1, 12, tzinfo=NEW_YORK)) as running:
        yield running


# --- shapes --------------------------------------------------------------------------------------------------------

SHAPES = [
    ("/list/cs.CV/new", "list_new.html"),
    ("/list/cs.CV/new?skip=100&show=100", "list_new_skip50_show50.html"),
    ("/list/cs.CV/recent", "list_recent.html"),
    ("/list/cs.CV/recent?skip=50&show=50", "list_recent_skip50_show50.html"),
    ("/list/cs.CV/2026-05?show=2000", "list_2021-04_show2000.html"),
    ("/catchup/cs.CV/2026-06-01?abs=True", "catchup_2021-04-07.html"),
    ("/catchup/cs.CV/2026-05-31?abs=True", "catchup_2021-04-04_sunday.html"),
    ("/catchup/cs.CV/2026-06-01?abs=True&page=2", "catchup_2021-04-07_page2.html"),
]


NOTES = {
    ("div", "div", "class", "list-comments mathjax"),
    ("div", "a", "href", "rel", "class", "link-external link-https"),
    ("div", "div", "class", "list-journal-ref"),
}
"""What comments, with a link, and a journal reference add."""


def shapes(html: str) -> set[tuple[str, ...]]:
    """Every element of a page's content with its attributes, their order, and its parent's name."""
    tree = LexborHTMLParser(html)
    found = set()
    for node in tree.css("#dlpage *"):
        parent = node.parent
        if parent is not None and parent.tag == "p" and parent.attributes.get("class") == "mathjax":
            continue  # what is inside an abstract is its author's
        above = parent.tag if parent is not None else None
        found.add((str(above), str(node.tag), *node.attributes, node.attributes.get("class") or ""))
    return found


def headings(html: str) -> set[str]:
    """The headings with names and numbers made alike."""
    months = "January|February|March|April|May|June|July|Jan|Feb|Mar|Apr|Jun|Jul"
    days = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Mon|Tue|Wed|Thu|Fri|Sat|Sun"
    found = re.findall(r"<h[123]>(.*?)</h[123]>|(Total of .*)", html)
    texts = {" ".join((first or second).split()) for first, second in found}
    return {re.sub(r"\d+", "N", re.sub(rf"\b({days})\b", "D", re.sub(rf"\b({months})\b", "M", text))) for text in texts}


@pytest.mark.shared
@pytest.mark.parametrize(("target", "sample"), SHAPES)
def test_a_page_is_built_of_the_elements_of_the_real_one(large: Server, shared: Path, target: str, sample: str) -> None:
    real = (shared / "samples" / "app-2021-04-07" / sample).read_text()
    live = (shared / "samples" / "live-2026-08" / "list_cs.CL_recent.html").read_text()
    ours = ask(large, target).text
    # No day of the large world is without papers, so nothing says that there are none. The papers of the older pages have
    # neither comments nor a journal reference.
    assert shapes(ours) - NOTES == shapes(real) - {("dl", "p", "")}
    assert shapes(live) >= NOTES


@pytest.mark.shared
@pytest.mark.parametrize(
    ("target", "sample", "others"),
    [
        ("/list/cs.CV/new", "list_new.html", {"Replacement submissions (showing N of N entries)"}),
        ("/list/cs.CV/recent", "list_recent.html", set()),
        ("/list/cs.CV/2026-05?show=2000", "list_2021-04_show2000.html", set()),
        (
            "/catchup/cs.CV/2026-06-01?abs=True",
            "catchup_2021-04-07.html",
            {"Replacement submissions (showing N of N entries)"},
        ),
        ("/catchup/cs.CV/2026-05-31?abs=True", "catchup_2021-04-04_sunday.html", set()),
        ("/catchup/cs.CV/2026-02-01?abs=True", "catchup_2021-01-05_too_old_400.html", set()),
        ("/catchup/cs.CV/2026-06-02?abs=True", "catchup_2021-04-08_future_400.html", set()),
        ("/list/cs.CV/recent?show=5000", "list_recent_show5000_400.html", set()),
    ],
)
def test_headings_read_as_the_real_ones(
    large: Server, shared: Path, target: str, sample: str, others: set[str]
) -> None:
    real = (shared / "samples" / "app-2021-04-07" / sample).read_text()
    assert headings(ask(large, target).text) == headings(real) | others


@pytest.mark.shared
def test_an_entry_has_the_text_and_blanks_of_a_real_one(large: Server, shared: Path) -> None:
    real = (shared / "samples" / "app-2021-04-07" / "list_new.html").read_text()

    def entries(html: str) -> set[str]:
        found = re.findall(r"<dt>.*?<div class='list-authors'>", html, re.DOTALL)
        bare = (re.sub(r"(?<=</span>\n).*?(?=\n        </div>)", "T", entry, flags=re.DOTALL) for entry in found)
        return {re.sub(r"\d{4}\.\d{5}", "ID", re.sub(r"\d+(?=\]|')|from [\w.-]+", "N", entry)) for entry in bare}

    assert entries(ask(large, "/list/cs.CV/new").text) >= entries(real)


@pytest.mark.shared
@pytest.mark.parametrize("selector", ["h1.title > span.descriptor", "blockquote.abstract > span.descriptor", "div.dateline > a",
    "div.submission-history > strong > a", "div.submission-history > em", "td.subjects span.primary-subject",
    "td.arxivid > span.arxivid > a", "td.arxividv > span.arxivid > a"])  # fmt: skip
def test_an_abs_page_answers_to_the_selectors_of_a_real_one(server: Server, shared: Path, selector: str) -> None:
    real = (shared / "samples" / "live-2026-08" / "abs_0902.4054_withdrawn.html").read_text()
    ours = ask(server, "/abs/2606.31777").text
    assert LexborHTMLParser(real).css_matches(selector)
    assert LexborHTMLParser(ours).css_matches(selector)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("target", "sample", "optional"),
    [
        (RECORD_OF_FOG, "oai_raw_1706.03762.xml", OPTIONAL_IN_OAI),
        ("/api/query?id_list=2606.31777v1", "api_1706.03762.xml", {"comment", "journal_ref", "doi"}),
        ("/api/query?id_list=2606.31777v1&start=x", "api_error_start.xml", set()),
        ("/api/query?id_list=0001.00001", "api_zero_results.xml", set()),
        ("/rss/cs.CV", "rss_cs.CL.xml", {"rights", "DOI", "journal_reference"}),
    ],
)
def test_a_feed_has_the_elements_of_the_real_one(
    server: Server, shared: Path, target: str, sample: str, optional: set[str]
) -> None:
    def elements(xml: bytes) -> set[tuple[str, ...]]:
        found = {(node.tag, *sorted(node.attrib)) for node in ET.fromstring(xml).iter()}
        return {one for one in found if one[0].rpartition("}")[2] not in optional}

    real = elements((shared / "samples" / "live-2026-08" / sample).read_bytes())
    assert elements(ask(server, target).body) == real


def test_every_page_prints_as_many_entries_as_it_states(large: Server) -> None:
    for target in ("/list/cs.CV/new", "/list/cs.CV/recent?show=2000", "/catchup/cs.CV/2026-05-29?abs=True"):
        answer = ask(large, target)
        total = re.search(r"Total of (\d+) entries", answer.text)
        assert total is not None
        assert len(answer.ids) == int(total[1])
        stated = re.findall(r"showing (\d+) of \1 entries", answer.text)
        assert sum(map(int, stated)) == int(total[1])


def test_new_ascends_within_each_block_and_recent_descends(server: Server) -> None:
    assert ask(server, "/list/cs.CV/new").ids == ["2607.06455", "2607.07512", "2606.30900", "2607.06980"]
    assert ask(server, "/list/cs.CV/recent?show=25").ids[:5] == [
        "2607.07512", "2607.06455", "2607.06980", "2606.30900", "2607.06302"]  # fmt: skip


def test_recent_is_pastweek_and_has_the_five_latest_mailings_without_abstracts(server: Server) -> None:
    recent = ask(server, "/list/cs.CV/recent").text
    assert re.findall(r"<h3>(\w+, \d+ \w+)", recent) == [
        "Thu, 9 Jul",
        "Wed, 8 Jul",
        "Tue, 7 Jul",
        "Fri, 3 Jul",
        "Thu, 2 Jul",
    ]
    assert "<p class='mathjax'>" not in recent
    assert ask(server, "/list/cs.CV/pastweek").text.replace("pastweek", "recent") == recent


def test_a_day_of_recent_without_papers_of_the_category_is_a_bare_date(server: Server) -> None:
    text = ask(server, "/list/cs.IT/recent").text
    assert "<h3>Thu, 9 Jul 2026 (showing 1 of 1 entries )</h3>" in text
    assert re.search(r"<h3>Wed, 8 Jul 2026</h3>\n\n    <p>No updates for this time period.</p>", text)


def test_replacements_stand_on_new_and_catchup(server: Server) -> None:
    text = ask(server, "/catchup/cs.CV/2026-07-03?abs=True").text
    assert "<h3>Replacement submissions (showing 1 of 1 entries)</h3>" in text
    assert re.search(r'id="2606\.31288">\s*arXiv:2606\.31288\s*</a>\s*\(replaced\)', text)


def test_past_days_show_the_text_of_today(server: Server) -> None:
    assert "3D Boxes from 2D Shadows, Revisited" in ask(server, "/catchup/cs.CV/2026-06-30?abs=True").text
    assert "Revisited" not in ask(server, "/abs/2606.31288v1").text


def test_a_month_page_has_the_members_of_its_ids(server: Server) -> None:
    found = ask(server, "/list/cs.CV/2026-06").ids
    assert {paper[:4] for paper in found} == {"2606"}
    assert "2606.30900" in found


def test_an_empty_new_page_says_so(server: Server) -> None:
    text = ask(server, "/list/cs.PL/new").text
    assert "<p>No updates today.</p>" in text
    assert "Showing new listings for Thursday, 9 July 2026" in text


@pytest.mark.parametrize(
    "target", ["/list/cs.XX/new", "/list/cs.CV/2026-13", "/abs/2601.99999", "/abs/x", "/elsewhere"]
)
def test_what_does_not_exist_is_not_found(server: Server, target: str) -> None:
    assert ask(server, target).status == 404


@pytest.mark.parametrize(
    "target",
    ["/list/cs.CV/new?show=30", "/list/cs.CV/recent?skip=x", "/catchup/cs.CV/2026-07-09?abs=true", "/catchup/cs.CV/9-9-9",
     "/catchup/cs.CV/2026-07-09?page=0"],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(server: Server, target: str) -> None:
    assert ask(server, target).status == 400


# --- the clock -----------------------------------------------------------------------------------------------------


def heading(server: Server) -> str:
    found = re.search(r"Showing new listings for \w+, (.*?)</h3>", ask(server, "/list/cs.CV/new").text)
    assert found is not None
    return found[1]


def test_new_turns_over_at_eight_in_the_evening_of_new_york(server: Server) -> None:
    server.now = lambda: datetime(2026, 7, 8, 19, 59, 59, tzinfo=NEW_YORK)
    assert heading(server) == "8 July 2026"
    server.now = lambda: datetime(2026, 7, 8, 20, tzinfo=NEW_YORK)
    assert heading(server) == "9 July 2026"
    server.lag = timedelta(hours=3)
    assert heading(server) == "8 July 2026"


def test_catchup_refuses_the_new_date_until_midnight(server: Server) -> None:
    server.now = lambda: datetime(2026, 7, 8, 23, 59, tzinfo=NEW_YORK)
    assert ask(server, "/catchup/cs.CV/2026-07-09?abs=True").status == 400
    server.now = lambda: datetime(2026, 7, 9, 0, 0, tzinfo=NEW_YORK)
    assert ask(server, "/catchup/cs.CV/2026-07-09?abs=True").ids == ask(server, "/list/cs.CV/new").ids


def test_catchup_reaches_back_ninety_one_days(server: Server) -> None:
    server.now = lambda: datetime(2026, 9, 29, 12, tzinfo=NEW_YORK)
    assert ask(server, "/catchup/cs.CV/2026-06-30?abs=True").ids
    assert ask(server, "/catchup/cs.CV/2026-06-29?abs=True").status == 400


def test_an_empty_catchup_day_links_onward_only_when_it_is_over(server: Server) -> None:
    onward = "Continue to the next day"
    server.lag = timedelta(hours=20)
    assert onward not in ask(server, "/catchup/cs.CV/2026-07-09?abs=True").text
    assert ask(server, "/catchup/cs.CV/2026-07-09?abs=True").ids == []
    assert onward in ask(server, "/catchup/cs.CV/2026-07-05?abs=True").text


def test_on_a_weekend_new_keeps_the_last_mailing(server: Server) -> None:
    server.now = lambda: datetime(2026, 7, 5, 22, tzinfo=NEW_YORK)
    assert heading(server) == "3 July 2026"


# --- paging --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "size"), [("new", 50), ("recent", 50), ("2026-05", 500)])
def test_the_parts_of_a_listing_join_to_the_whole(large: Server, page: str, size: int) -> None:
    whole = ask(large, f"/list/cs.CV/{page}?show=2000").ids
    parts = [ask(large, f"/list/cs.CV/{page}?skip={skip}&show={size}").ids for skip in range(0, len(whole), size)]
    assert len(parts) > 1
    assert list(chain(*parts)) == whole
    assert len(whole) > 100


def test_a_cut_section_says_which_part_it_shows(large: Server) -> None:
    found = [
        re.findall(r"<h3>New submissions \((.*?)\)", ask(large, f"/list/cs.CV/new?skip={n}&show=25").text)
        for n in (0, 25, 75)
    ]
    total = found[0][0].split()[-2]
    assert found[0] == [f"showing first 25 of {total} entries"]
    assert found[1] == [f"continued, showing 25 of {total} entries"]
    assert found[2] == [f"continued, showing last {int(total) - 75} of {total} entries"]


def test_catchup_comes_in_pages_that_link_each_other(large: Server) -> None:
    target = "/catchup/cs.CV/2026-06-01?abs=True"
    whole = ask(large, target).ids
    large.catchup_page = 60
    try:
        pages = [ask(large, f"{target}&page={number}") for number in (1, 2, 3)]
    finally:
        large.catchup_page = 2000
    assert list(chain(*(page.ids for page in pages))) == whole
    assert "<a href=/catchup/cs.CV/2026-06-01?abs=True&amp;page=2>2</a>" in pages[0].text


# --- OAI-PMH -------------------------------------------------------------------------------------------------------

RECORDS = "/oai?verb=ListRecords&metadataPrefix=arXivRaw&set=cs:cs:CV"


def harvested(answer: Answer) -> list[str]:
    return [node.text or "" for node in ET.fromstring(answer.body).iter(NAMES["raw"] + "id")]


def token(answer: Answer) -> str | None:
    found = ET.fromstring(answer.body).find(f".//{NAMES['oai']}resumptionToken")
    return None if found is None else found.text or ""


def test_the_pages_of_a_harvest_join_to_the_whole_by_a_token_without_memory(server: Server) -> None:
    whole = harvested(ask(server, RECORDS))
    server.oai_page = 7
    answer = ask(server, RECORDS)
    found = harvested(answer)
    while following := token(answer):
        answer = ask(server, "/oai?" + urlencode({"verb": "ListRecords", "resumptionToken": following}))
        assert 0 < len(harvested(answer)) <= 7
        found += harvested(answer)
    assert found == whole
    assert len(whole) > 20
    assert token(answer) == ""
    assert "<resumptionToken/>" in answer.text


def test_a_harvest_holds_what_was_modified_in_the_range_and_is_known_by_now(server: Server) -> None:
    found = harvested(ask(server, f"{RECORDS}&from=2026-07-08&until=2026-07-08"))
    assert found == ["2606.31777", "2607.05060", "2607.05511", "2607.06302"]
    assert "2607.07760" not in harvested(ask(server, RECORDS))
    assert "2606.30900" in harvested(ask(server, f"{RECORDS}&from=2026-07-09"))


def test_a_record_modified_during_the_harvest_moves_to_the_end(server: Server) -> None:
    clocks = PaperId("2606.30012")
    server.oai_page = 5
    first = ask(server, RECORDS)
    assert clocks in harvested(first)
    later = Edition(date(2026, 7, 10), Version(2, datetime(2026, 7, 9, 10, tzinfo=UTC)), "Clocks", "Text.")
    server.history = revised(server.history, clocks, later)
    server.now = lambda: announced_at(date(2026, 7, 10))
    second = ask(server, f"/oai?verb=ListRecords&resumptionToken={quote(token(first) or '')}")
    everything = harvested(first) + harvested(second)
    server.oai_page = 2500
    assert set(harvested(ask(server, f"{RECORDS}&until=2026-07-01"))) - set(everything)
    assert clocks in harvested(ask(server, f"{RECORDS}&from=2026-07-10"))


def test_a_withdrawn_version_is_marked(server: Server) -> None:
    answer = ask(server, RECORD_OF_FOG)
    kinds = [node.text for node in ET.fromstring(answer.body).iter(NAMES["raw"] + "source_type")]
    assert kinds == ["D", "I"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("verb=Sing", "badVerb"),
        ("", "badVerb"),
        ("verb=ListRecords", "badArgument"),
        ("verb=ListRecords&metadataPrefix=arXivRaw&identifier=x", "badArgument"),
        ("verb=ListRecords&metadataPrefix=arXivRaw&from=yesterday", "badArgument"),
        ("verb=ListRecords&metadataPrefix=arXivRaw&from=2026-07-02&until=2026-07-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=arXivRaw&resumptionToken=x", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc", "cannotDisseminateFormat"),
        ("verb=ListRecords&metadataPrefix=arXivRaw&set=moo", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=arXivRaw&from=2030-01-01", "noRecordsMatch"),
        ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=verb%3DListRecords%26metadataPrefix%3DarXivRaw%26skip%3D900", "badResumptionToken"),
        ("verb=GetRecord&metadataPrefix=arXivRaw&identifier=oai:arXiv.org:2601.00001", "idDoesNotExist"),
        ("verb=GetRecord&metadataPrefix=arXivRaw&identifier=oai:arXiv.org:x", "idDoesNotExist"),
        ("verb=GetRecord&metadataPrefix=arXivRaw&identifier=x", "idDoesNotExist"),
    ],
)  # fmt: skip
def test_an_error_of_the_protocol_has_status_200(server: Server, query: str, code: str) -> None:
    answer = ask(server, f"/oai?{query}")
    error = ET.fromstring(answer.body).find(NAMES["oai"] + "error")
    assert answer.status == 200
    assert error is not None
    assert error.attrib["code"] == code


# --- API and RSS ---------------------------------------------------------------------------------------------------


def entries(answer: Answer) -> list[tuple[str, str]]:
    atom = NAMES["atom"]
    found = ET.fromstring(answer.body).iter(atom + "entry")
    return [
        ((node.findtext(atom + "id") or "").rpartition("/")[2], node.findtext(atom + "title") or "") for node in found
    ]


def test_the_api_gives_the_text_of_each_version_asked_for(server: Server) -> None:
    names = "2606.31288v1,2606.31288v2,2606.31288,2607.07760,2606.31288v3"
    assert entries(ask(server, f"/api/query?id_list={names}")) == [
        ("2606.31288v1", "3D Boxes from 2D Shadows"),
        ("2606.31288v2", "3D Boxes from 2D Shadows, Revisited"),
        ("2606.31288v2", "3D Boxes from 2D Shadows, Revisited"),
    ]


def test_the_api_gives_ten_unless_asked_for_more(large: Server) -> None:
    names = ",".join(work.id for work in large.history.works[:40])
    assert len(entries(ask(large, f"/api/query?id_list={names}"))) == 10
    assert len(entries(ask(large, f"/api/query?id_list={names}&max_results=2000"))) == 40
    assert len(entries(ask(large, f"/api/query?id_list={names}&start=35&max_results=10"))) == 5


def test_the_api_searches_by_category_and_time_of_submission(server: Server) -> None:
    query = quote("cat:cs.CV AND submittedDate:[202607061800 TO 202607071759]")
    found = entries(ask(server, f"/api/query?search_query={query}&max_results=50&sortOrder=ascending"))
    assert [name for name, _ in found] == ["2607.05060v1", "2607.05511v1", "2607.06302v1"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("id_list=abc", 400), ("id_list=2606.31288&start=x", 400), ("id_list=2606.31288&max_results=2001", 400),
     ("search_query=all:x", 400), ("search_query=cat:cs.CV&start=9999&max_results=2", 400), ("max_results=0", 500)],
)  # fmt: skip
def test_the_api_refuses(server: Server, query: str, status: int) -> None:
    answer = ask(server, f"/api/query?{query}")
    assert answer.status == status
    if status == 400:
        found = ET.fromstring(answer.body).findtext(f".//{NAMES['atom']}entry/{NAMES['atom']}id") or ""
        assert found.startswith("https://arxiv.org/api/errors#")


def test_a_request_line_longer_than_4094_bytes_is_refused_in_html(server: Server) -> None:
    around = len("GET  HTTP/1.1")
    target = "/api/query?id_list=2606.31288" + "," * 5000
    assert ask(server, target[: 4094 - around]).status == 200
    answer = ask(server, target[: 4095 - around])
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("text/html")


def announced(answer: Answer) -> list[tuple[str, str]]:
    items = ET.fromstring(answer.body).iter("item")
    return [
        (i.findtext(NAMES["arxiv"] + "announce_type") or "", (i.findtext("guid") or "").rpartition(":")[2])
        for i in items
    ]


def test_rss_has_the_mailing_of_today_by_kind(server: Server) -> None:
    assert announced(ask(server, "/rss/cs.CV")) == [
        ("new", "2607.06455v1"), ("new", "2607.07512v1"), ("cross", "2606.30900v1"), ("cross", "2607.06980v1")]  # fmt: skip
    server.now = lambda: datetime(2026, 7, 3, 12, tzinfo=NEW_YORK)
    assert announced(ask(server, "/rss/cs.CV"))[-1] == ("replace", "2606.31288v2")
    assert announced(ask(server, "/rss/cs.GR")) == [("replace-cross", "2606.31288v2")]


def test_rss_turns_over_at_midnight_and_is_empty_on_a_day_without_mailing(server: Server) -> None:
    first = announced(ask(server, "/rss/cs.CV"))
    server.now = lambda: datetime(2026, 7, 9, 23, 30, tzinfo=NEW_YORK)
    assert announced(ask(server, "/rss/cs.CV")) == first
    server.now = lambda: datetime(2026, 7, 11, 12, tzinfo=NEW_YORK)
    answer = ask(server, "/rss/cs.CV")
    assert announced(answer) == []
    assert "<pubDate>Sat, 11 Jul 2026 00:00:00 -0400</pubDate>" in answer.text


def test_rss_has_nothing_before_its_mailing_is_out(server: Server) -> None:
    server.now = lambda: datetime(2026, 7, 3, 12, tzinfo=NEW_YORK)
    server.lag = timedelta(hours=20)
    assert announced(ask(server, "/rss/cs.CV")) == []


# --- the memory of requests -----------------------------------------------------------------------------------------


def test_requests_are_remembered_with_their_headers_and_times(server: Server) -> None:
    ask(server, "/abs/2606.31288", User_Agent="syncd (a@example.org)")
    ask(server, "/nowhere?x=1")
    first, second = server.requests
    assert (first.path, first.status, dict(first.headers)["User-Agent"]) == (
        "/abs/2606.31288",
        200,
        "syncd (a@example.org)",
    )
    assert (second.path, second.status) == ("/nowhere?x=1", 404)
    assert first.start <= first.end <= second.start <= second.end
    server.forget()
    assert server.requests == ()


def test_one_request_after_another_is_never_counted_as_two_in_flight(server: Server) -> None:
    for _ in range(200):
        ask(server, "/robots.txt")
    assert len(server.requests) == 200
    assert server.most_in_flight == 1


def test_requests_at_the_same_time_are_counted(server: Server) -> None:
    barrier = Barrier(3)

    def meet(answer: object, _scene: object) -> object:
        barrier.wait(timeout=10)
        return answer

    server.faults.add(Fault("meet", reply=meet, times=None))  # type: ignore[arg-type]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: ask(server, "/robots.txt"), range(3)))
    assert server.most_in_flight == 3


def test_one_connection_serves_many_requests(server: Server) -> None:
    connection = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=10)
    sockets = set()
    for _ in range(3):
        connection.request("GET", "/robots.txt")
        assert connection.getresponse().read()
        sockets.add(connection.sock)
    connection.close()
    assert len(sockets) == 1


def test_the_server_ends_with_connections_open() -> None:
    with Server(small_history(), lambda: NOON) as running:
        idle = HTTPConnection("127.0.0.1", int(running.url.rpartition(":")[2]), timeout=10)
        idle.request("GET", "/robots.txt")
        assert idle.getresponse().read()
    assert idle.sock.recv(1) == b""
    idle.close()


def test_a_bug_met_while_answering_is_raised_at_the_end() -> None:
    def broken() -> datetime:
        raise LookupError("no clock")

    @contextmanager
    def asked() -> Iterator[None]:
        with Server(small_history(), broken) as running:
            with pytest.raises(ConnectionError):
                ask(running, "/list/cs.CV/new")
            yield

    with pytest.raises(LookupError, match="no clock"), asked():
        pass


@pytest.mark.parametrize(
    ("value", "status"),
    [("Thu, 09 Jul 2026 00:00:00 GMT", 304), ("never", 500), ("Thu, 09 Jul 2126 00:00:00 GMT", 200)],
)
def test_if_modified_since_is_a_trap_on_listings(server: Server, value: str, status: int) -> None:
    assert ask(server, "/list/cs.CV/new", If_Modified_Since=value).status == status
    assert ask(server, "/abs/2606.31288", If_Modified_Since=value).status == 200


def test_the_date_of_an_answer_is_the_clocks(server: Server) -> None:
    assert ask(server, "/robots.txt").headers["Date"] == "Thu, 09 Jul 2026 16:00:00 GMT"


def test_the_configuration_points_every_upstream_at_the_server(server: Server, tmp_path: Path) -> None:
    text = config_text(server, str(tmp_path))
    upstream = tomllib.loads(text)["upstream"]
    assert upstream["listing_url"] == upstream["rss_url"] == server.url
    assert upstream["oai_url"] == f"{server.url}/oai"
    assert upstream["api_url"] == f"{server.url}/api/query"
    file = tmp_path / "config.toml"
    file.write_text(text)
    loaded = config.load(file, {}, {})
    assert loaded.archive.since == date(2026, 6, 30)
    assert loaded.upstream.listing_interval == timedelta()
