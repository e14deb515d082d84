"""The report: one page that needs nothing else, tells what is so, and gives no text of others a foothold."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from syncd.core.coverage import DayReport
from syncd.core.model import Certainty, PaperId, Severity, State
from syncd.core.paper_history import ChangedPaper, DeletedPaper, Deletion, Knowledge
from syncd.core.report_facts import ArchiveSizes, GitState, HostRequests, MonthDelays, MonthRequests, ReportFacts
from syncd.core.results import Problem, Status
from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server
from syncd.report.html import charts, report_page
from syncd.report.html.page_links import ArxivLinks, SiteLinks
from syncd.report.html.page_templates import read_style
from syncd.report.report_fields import of_report
from tests.support.command_line import Shell
from tests.support.small_archive import noon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.report.html.page_links import Links

FIRST = date(2020, 1, 1)
NOW = datetime(2021, 2, 1, 12, 0, tzinfo=UTC)
HOSTILE = """</td></svg><script>alert(1)</script><img src="https://evil.example/x" onerror='alert(2)'>"""
VOID = {"meta", "path", "rect", "br", "img", "link"}
ARXIV = ArxivLinks("https://arxiv.org", "cs.CV", NOW.date())


class Read(HTMLParser):
    """The tags, attributes and texts of a page; a tag closed out of turn is an error."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page(found: ReportFacts, links: Links = ARXIV) -> str:
    return report_page.html(found, links)


def days(count: int = 397, state: State = State.COMPLETE) -> tuple[DayReport, ...]:
    return tuple(_day(FIRST + timedelta(days=number), state) for number in range(count))


def _day(day: date, state: State) -> DayReport:
    if day.weekday() > 4:
        return DayReport(day, State.NO_MAILING, None, None, None, "calendar", "weekend")
    return DayReport(day, state, 5, 3, 2, "new", "heading seen")


def facts(reports: tuple[DayReport, ...] | None = None, **changes: object) -> ReportFacts:
    found = days() if reports is None else reports
    status = Status(found, (), 0, date(2021, 1, 29), NOW, ())
    made = ReportFacts("cs.CV", NOW, status, (), 10, 4, 1, (), (), Knowledge(12, 10, NOW, NOW))
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_certainties_of_the_dates_are_shown_with_their_expected_shares() -> None:
    found = facts(placed={Certainty.LISTED: 1200, Certainty.BOUNDED: 34})
    text = Read(page(found)).text
    assert "seen on its listing page1,200" in text
    assert "its date is inferred, and more than one is possible3499.80%" in text
    fields = of_report(found)
    assert fields["placed"] == {"listed": 1200, "proven": 0, "bounded": 34, "assumed": 0, "adopted": 0}
    assert fields["expected_right"] == {"proven": 1.0, "bounded": 0.998, "assumed": 0.9998}
    assert "None is held yet." in page(facts())


def test_every_date_has_one_cell_and_every_weekday_says_how_its_state_is_known() -> None:
    html = page(facts())
    calendar = html.partition('class="months"')[2].partition("<section")[0]
    cells = re.findall(r'class="s-([a-z-]+)', calendar)
    assert Counter(cells) == {"complete": 283, "weekend": 114}
    assert "Mon 2020-01-06 complete, 5 papers: 3 new, 2 cross-listed. heading seen at arXiv" in Read(html).text
    assert calendar.count('href="https://arxiv.org/catchup/cs.CV/2021-01-29?abs=True&amp;page=1"') == 1
    assert calendar.count('href="https://arxiv.org/list/cs.CV/2020-01"') == 23
    assert html.index("<h3>2021</h3>") < html.index("<h3>2020</h3>")


def test_the_page_leads_to_the_web_pages_of_the_archive_where_there_are_any() -> None:
    html = page(facts(), SiteLinks("https://example.org/cv"))
    assert 'href="https://example.org/cv/2021-01-29"' in html
    assert 'href="https://example.org/cv/search?q=since%3A2020-03+until%3A2020-03"' in html
    assert "arxiv.org" not in html


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    read = Read(page(facts()))
    assert not {"script", "link", "img", "iframe", "object"} & set(read.tags)
    assert not any(name in {"src", "style"} or name.startswith("on") for name, _ in read.attributes)
    assert any("default-src 'none'" in value for name, value in read.attributes if name == "content")
    assert "url(" not in read_style()
    assert "@import" not in read_style()


def test_a_page_of_seven_years_is_smaller_than_a_megabyte() -> None:
    evidence = "bulk metadata of OAI-PMH, 2020-01-03: 212 proven, 3 bounded, 1 assumed"
    reports = tuple(replace(day, evidence=evidence) if day.papers else day for day in days(7 * 366))
    assert len(page(facts(reports)).encode()) < 1_000_000


def test_a_month_that_has_not_ended_is_drawn_as_one() -> None:
    assert [month.is_whole for month in charts.months(days(45))] == [True, False]
    html = page(facts(days(45)))
    assert 'class="open"><title>February 2020 so far: 30 new' in html
    assert "February 2020 has not ended" in html
    assert "has not ended" not in page(facts(days(31 + 29)))


def test_delays_requests_sizes_and_git_are_shown() -> None:
    found = facts(
        delays=(MonthDelays(date(2020, 1, 1), 18, 2, 1), MonthDelays(date(2020, 3, 1), 1, 0, 0)),
        requests=(MonthRequests(date(2020, 1, 1), 1200, 3, 0),),
        hosts=(HostRequests("arxiv.org", 1203, 15.0, 200),),
        sizes=ArchiveSizes(1_500, 712_000_000, None),
        git=GitState("main", "1a2b3c4d5e6f7081", 1, is_pushed=False),
    )
    text = Read(page(found)).text
    assert "January 2020: 18 within an hour, 2 within a day, 1 later" in text
    assert "January 2020: 1,200 answered, 3 followed by a pause" in text
    assert re.search(r"digests1.5 kB\s+database712 MB\s+vaultnot kept, or not readable", text)
    assert "main at 1a2b3c4d5e6f; 1 digest not committed; the newest commit is not pushed" in text


def test_the_profile_of_the_weekdays_counts_the_papers_of_one_mailing() -> None:
    reports = tuple(replace(day, papers=9, new=7) if day.papers and day.day.weekday() == 1 else day for day in days(28))
    found = [(one.name, one.mailings, one.papers, one.new, one.cross) for one in report_page.list_weekdays(reports)]
    assert found[:2] == [("Monday", 4, 5.0, 3.0, 2.0), ("Tuesday", 4, 9.0, 7.0, 2.0)]
    assert len(found) == 5


def test_hostile_texts_are_shown_as_text() -> None:
    reports = (replace(days(1)[0], state=State.FAILED, evidence=HOSTILE, papers=None),)
    problem = Problem(FIRST, HOSTILE, 1, "file-edited", Severity.FAULT, HOSTILE, HOSTILE)
    changed = ChangedPaper(
        PaperId("2001.00001"), FIRST, "&lt;script&gt;alert(3)&lt;/script&gt;", 2, NOW, withdrawn=True, seen=NOW
    )
    host = HostRequests(HOSTILE, 1, None, None)
    html = page(facts(reports, problems=(problem,), lately=(changed,), hosts=(host,), category=HOSTILE))
    read = Read(html)
    assert "script" not in read.tags
    assert "img" not in read.tags
    assert "<script>alert(3)</script>" in read.text
    assert "alert(1)" in read.text


def test_what_was_not_asked_is_not_counted_as_unchanged() -> None:
    unasked = facts(known=Knowledge(12, 0), revised=0, withdrawn=0)
    assert (
        "not asked: no source stated the newest version of any of the 12 announced papers" in Read(page(unasked)).text
    )
    fields = of_report(unasked)
    assert (fields["revised"], fields["withdrawn"]) == (None, None)
    shown = Read(page(facts())).text
    assert f"known of 10 of 12 announced papers, as seen on {NOW.date()}; the other 2 were not asked about" in shown
    assert "4 were revised later, and 1 of those withdrawn" in shown


def test_files_that_were_not_read_are_not_counted_as_sound() -> None:
    (tile,) = (one for one in report_page.list_tiles(facts(unread=1727), ARXIV) if "check" in one.name)
    assert (tile.value, tile.kind) == ("0 problems, 1,727 changed files not read", "")


def test_deleted_papers_are_listed_with_the_date_on_which_that_was_seen() -> None:
    gone = DeletedPaper(PaperId("2607.00001"), date(2026, 7, 1), "Fog &amp; Rain", Deletion("oai", NOW))
    shown = page(facts(deleted=(gone,)))
    assert "1 announced paper deleted upstream" in shown
    assert re.search("2607.00001</a></td><td[^>]*>2021-02-01</td><td[^>]*>oai</td><td[^>]*>.*Fog &amp; Rain", shown)
    assert "deleted upstream" not in page(facts())


def test_a_host_that_stopped_or_cools_down_is_shown_with_its_time() -> None:
    hosts = (
        HostRequests("arxiv.org", 9, 15.0, 403, stopped_since=NOW, cooldown_until=NOW),
        HostRequests("rss.arxiv.org", 2, 3.0, 429, cooldown_until=NOW),
        HostRequests("export.arxiv.org", 1, None, 200),
    )
    shown = Read(page(facts(hosts=hosts))).text
    assert f"stopped since {NOW:%Y-%m-%d %H:%M} UTC" in shown
    assert f"until {NOW:%Y-%m-%d %H:%M} UTC" in shown
    assert shown.count("since") == 1


def test_troubles_are_listed_with_the_command_that_helps() -> None:
    broken = (*days(5), _day(date(2020, 1, 6), State.CONFLICT), _day(date(2020, 1, 7), State.PARTIAL))
    output = Read(page(facts(broken))).text
    assert "syncd repair 2020-01-06 --accept-file, or --restore" in output
    assert "syncd backfill --since 2020-01-07" in output
    assert "2 dates" in output


@pytest.mark.parametrize(("count", "more"), [(200, False), (201, True)])
def test_two_hundred_problems_are_listed_and_more_are_counted(count: int, more: bool) -> None:
    problems = tuple(Problem(FIRST, "x.md", 1, "crlf", Severity.FAULT, "odd", None) for _ in range(count))
    shown = Read(page(facts(problems=problems))).text
    assert shown.count("odd") == 200
    assert ("and 1 more" in shown) is more


@pytest.mark.parametrize(("age", "command"), [(90, "syncd sync"), (91, "syncd backfill --since")])
def test_a_date_in_trouble_is_fetched_by_sync_up_to_ninety_days_back(age: int, command: str) -> None:
    newest = date(2021, 1, 29)
    day = newest - timedelta(days=age)
    reports = (DayReport(day, State.FAILED, None, None, None, "new", "cut"),)
    assert f"{command} {day}" in Read(page(facts(reports))).text


def test_an_open_date_is_a_problem_only_when_it_is_a_gap() -> None:
    pending = DayReport(FIRST, State.PENDING, None, None, None, "calendar", "not yet fetched")
    status = facts((pending,)).status
    assert "not yet fetched" not in Read(page(facts((pending,)))).text.partition("Open problems")[2]
    gap = facts((pending,), status=replace(status, gaps=(FIRST,)))
    assert "not yet fetched" in Read(page(gap)).text.partition("Open problems")[2]


@pytest.mark.parametrize(("months", "named"), [(14, 14), (15, 2)])
def test_the_axis_names_every_month_of_a_short_range_and_each_january_of_a_long_one(months: int, named: int) -> None:
    found = [charts.MonthBar(date(2020 + (n + 2) // 12, (n + 2) % 12 + 1, 1), 1, 0, 0) for n in range(months)]
    drawn = str(charts.growth(found, ARXIV.month))
    assert drawn.count(f'y="{180 + 16}"') + drawn.count(f'y="{180 + 18}"') == named


def test_an_archive_without_trouble_says_so_and_an_empty_one_too() -> None:
    assert "None is known." in Read(page(facts())).text
    empty = tuple(replace(day, state=State.PENDING, papers=None, new=None, cross=None) for day in days(9))
    output = Read(page(facts(empty))).text
    assert "the archive holds no mailing yet" in output
    assert "The archive holds no mailing yet." in output


@pytest.mark.parametrize("count", [1, 40, 397, 2500])
def test_growth_counts_every_paper_in_its_month(count: int) -> None:
    reports = days(count)
    found = charts.months(reports)
    assert sum(month.papers for month in found) == sum(day.papers or 0 for day in reports)
    assert [month.first for month in found] == sorted({day.day.replace(day=1) for day in reports})
    drawn = str(charts.growth(found, ARXIV.month))
    assert drawn.count('<rect class="g-') == sum((month.new > 0) + (month.cross > 0) for month in found)


def test_papers_of_unknown_section_are_distinguished() -> None:
    reports = tuple(replace(day, new=None, cross=None) for day in days(3))
    assert [(month.new, month.cross, month.unknown) for month in charts.months(reports)] == [(0, 0, 15)]


# The command


@pytest.fixture
def syncd(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    now = noon(date(2026, 7, 2))
    with Server(small_history(), lambda: now) as server:
        shell = Shell(tmp_path, capsys, monkeypatch)
        shell.set_up(server, now)
        assert shell("sync").code == 0
        yield shell


def test_the_page_is_written_to_a_file_or_to_standard_output(syncd: Shell, tmp_path: Path) -> None:
    assert syncd("report", "-o", "page.html").code == 0
    written = (tmp_path / "page.html").read_text(encoding="utf-8")
    Read(written)
    assert "3 mailings" in written
    assert syncd("report").out == written


def test_the_facts_are_to_be_had_as_json(syncd: Shell) -> None:
    found = syncd("report", "--json").json
    assert found["states"]["complete"] == 3
    assert found["problems"] == []
    assert [one["count"] for one in found["hosts"]] == [3]


def test_a_page_that_cannot_be_written_is_an_error_of_usage_with_its_folder(syncd: Shell) -> None:
    ended = syncd("report", "-o", "nowhere/page.html")
    assert ended.code == 2
    assert "no folder 'nowhere'" in ended.err
