"""The doctor: archive and upstream examined, every trouble with what helps, and the command as a person calls it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.ledger import SqlLedger
from syncd.cli.main import exit_code_of
from syncd.config.sections import CalendarConfig
from syncd.core.errors import CoolingDown, HostBlocked, Unavailable, UpstreamError
from syncd.rehearsal.server import config_text
from syncd.report.error_messages import explain
from syncd.usecases.inspect import doctor
from syncd.usecases.inspect.host_checks import Grade
from syncd.usecases.workspace import Access
from syncd.web import Response
from tests.support.small_archive import World, noon, world
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.usecases.inspect.host_checks import Check

DAY = date(2026, 7, 13)
NOW = datetime(2026, 7, 13, 16, 0, tzinfo=UTC)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(DAY)) as made:
        copy_synced(tmp_path, noon(DAY), [DAY])
        made.configure()
        yield made


@dataclass
class Door:
    """Answers every request; this host's clock is `ahead` of the date of the first answer, and n times that of the nth."""

    ahead: timedelta = timedelta()
    error: UpstreamError | None = None
    asked: int = 0

    def get(self, url: str, *, expect: str) -> Response:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return Response(url, 200, (("date", format_datetime(NOW, usegmt=True)),), b"", NOW + self.ahead * self.asked)


def examined(here: World, door: Door) -> list[Check]:
    with here.open() as work:
        return list(doctor.examine_upstream(work.config, door))


def test_each_service_is_asked_once(here: World) -> None:
    door = Door()
    found = examined(here, door)
    assert [(check.subject, check.grade) for check in found] == [
        (subject, Grade.OK) for subject in ("listing", "oai", "rss", "api", "clock")
    ]
    assert door.asked == 4


@pytest.mark.parametrize(
    ("error", "grade", "help_"),
    [
        (CoolingDown(url="u", host="arxiv.org", until=NOW), Grade.WARN, "syncd requests"),
        (HostBlocked(url="u", host="arxiv.org", since=NOW), Grade.FAIL, "syncd requests --release arxiv.org"),
        (Unavailable("no connection", url="u"), Grade.FAIL, "again later"),
    ],
)
def test_a_service_that_does_not_answer_is_reported_with_what_helps(
    here: World, error: UpstreamError, grade: Grade, help_: str
) -> None:
    found = examined(here, Door(error=error))
    assert {check.grade for check in found} == {grade}
    assert all(check.error is error for check in found)
    assert help_ in explain(error).help


@pytest.mark.parametrize(
    ("ahead", "shown"),
    [
        (timedelta(seconds=59), "agrees with arXiv's"),
        (timedelta(seconds=60), "60 s ahead of arXiv's"),
        (timedelta(seconds=-60), "60 s behind arXiv's"),
        (timedelta(minutes=5, seconds=3), "300 s ahead of arXiv's"),
        (timedelta(hours=-1), "3,600 s behind arXiv's"),
    ],
)
def test_a_clock_far_from_that_of_upstream_is_a_warning(here: World, ahead: timedelta, shown: str) -> None:
    check = examined(here, Door(ahead))[-1]
    assert shown in check.message
    assert (check.grade is Grade.WARN) == (abs(ahead) >= timedelta(minutes=1))


def test_an_archive_in_order_says_how_much_it_holds(here: World) -> None:
    with here.open(Access.READ) as work:
        check, found = doctor.examine_archive(lambda: work)
    assert (check.grade, found is work) == (Grade.OK, True)
    assert check.message == f"sqlite:///{here.folder}/syncd.db, mailings held: 1"


@pytest.mark.parametrize(
    ("now", "closings", "grade", "shown"),
    [
        (datetime(2026, 12, 30, tzinfo=UTC), (), Grade.OK, "closings are known until 2026-12-31"),
        (datetime(2027, 3, 1, tzinfo=UTC), (), Grade.WARN, "no list of closings is known for 2027; near"),
        (
            datetime(2027, 3, 1, tzinfo=UTC),
            (date(2027, 5, 31),),
            Grade.OK,
            "known for 2027; added by the configuration: 1; near",
        ),
    ],
)
def test_a_year_without_a_list_of_closings_is_a_warning_until_the_user_adds_them(
    here: World, now: datetime, closings: tuple[date, ...], grade: Grade, shown: str
) -> None:
    with here.open() as work:
        config = replace(work.config, calendar=CalendarConfig(closings))
    check = doctor.examine_calendar(config, lambda: now)
    assert (check.grade, bool(check.help)) == (grade, grade is Grade.WARN)
    assert shown in check.message


def test_only_a_user_who_can_log_a_request_may_send_one(here: World) -> None:
    me = doctor.this_host({})
    with here.open(Access.READ) as work:
        assert doctor.may_ask(work, me) is None
        refused = doctor.may_ask(work, replace(me, user=me.user + 1))
    assert refused is not None
    assert refused.error is not None
    assert (refused.grade, "syncd doctor" in explain(refused.error).help) == (Grade.SKIPPED, True)


def called(here: World, *arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    """Exit code, and the grade of every subject."""
    capsys.readouterr()
    code = exit_code_of(["-c", str(here.folder / "config.toml"), "doctor", "--json", *arguments])
    shown = json.loads(capsys.readouterr().out)
    assert shown["exit_code"] == code
    return code, {check["subject"]: check["grade"] for check in shown["checks"]}


def test_the_command_asks_each_service_once_and_politely(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    with here.server as server:
        code, found = called(here, capsys=capsys)
        paths = [asked.path.partition("?")[0] for asked in server.requests]
    assert code == 0
    assert paths == ["/list/cs.CV/recent", "/oai", "/rss/cs.CV", "/api/query"]
    assert {found[subject] for subject in ("listing", "oai", "rss", "api")} == {"ok"}
    with here.open(Access.READ) as work:
        assert sum(host.count for host in SqlLedger(work.database).list_hosts()) == 4


def test_offline_nothing_is_asked(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = called(here, "--offline", capsys=capsys)
    assert code == 0
    assert "listing" not in found
    assert found["archive"] == "ok"


def test_a_root_that_lost_its_marker_is_a_fault(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    (here.folder / "archive" / ".syncd-archive").unlink()
    code, found = called(here, capsys=capsys)
    assert (code, found["archive"]) == (1, "fail")
    assert "listing" not in found


def test_no_archive_yet_is_a_warning_and_nothing_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with world(tmp_path / "new", noon(DAY)) as made:
        (made.folder / "config.toml").write_text(config_text(made.server, str(made.folder)), encoding="utf-8")
        code, found = called(made, capsys=capsys)
        assert (code, found["archive"], found["root"]) == (0, "warn", "warn")
        assert [path.name for path in made.folder.iterdir()] == ["config.toml"]


def test_a_broken_configuration_is_a_fault_among_others(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    (here.folder / "config.toml").write_text("[archive]\nrot = 1\n", encoding="utf-8")
    code, found = called(here, capsys=capsys)
    assert (code, found["configuration"], found["python"]) == (1, "fail", "ok")


def test_the_text_ends_with_a_sum(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    (here.folder / "archive" / ".syncd-archive").unlink()
    exit_code_of(["-c", str(here.folder / "config.toml"), "doctor", "--offline"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("1 fault, ")
    assert any("fail" in line and "the marker is missing" in line for line in lines)
