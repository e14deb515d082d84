"""Errors in words for people."""

from __future__ import annotations

import errno
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from syncd.archive.files.folder_tree import translate_errors
from syncd.archive.files.vault import FolderVault
from syncd.core import errors
from syncd.core.model import Issue
from syncd.report.error_messages import explain, explain_briefly, format_time
from syncd.usecases.backfill.load_snapshot import find_other_form
from syncd.usecases.ingest import saved_pages

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 7, 1)
PAGE = errors.PartialPage("does not end with </html>", reason="truncated", day=DAY, response="8e6f3a9f7b01" + "0" * 52)


def test_a_rejected_page_is_reported_with_its_guard_its_date_and_its_hash() -> None:
    words = explain(PAGE)
    assert words.code == "truncated"
    assert words.message == (
        "arXiv's page for 2026-07-01 was rejected (truncated): does not end with </html>; kept in the vault as 8e6f3a9f7b01"
    )
    assert words.help == "nothing of this page was written; run the same command again later"


def test_where_the_day_is_said_already_it_is_not_repeated() -> None:
    assert explain_briefly(PAGE) == "truncated: does not end with </html>; kept in the vault as 8e6f3a9f7b01"
    other = errors.OtherCategory("cs.LG", path="a.md")
    assert explain_briefly(other) == explain(other).message


def test_a_faulty_file_names_its_lines_and_counts_the_rest() -> None:
    issues = tuple(Issue(n, "blank-line", "a line without text") for n in range(1, 14))
    message = explain(errors.FaultyDigest(path="a.md", issues=issues)).message
    assert "line 1: a line without text (blank-line)" in message
    assert "line 10:" in message
    assert "line 11:" not in message
    assert message.endswith("and 3 more")


def test_a_rest_says_until_when_and_a_stop_how_to_end_it() -> None:
    until = datetime(2026, 7, 1, 12, 0, 30, tzinfo=UTC)
    cooling = errors.CoolingDown(url="https://arxiv.org/x", host="arxiv.org", until=until)
    assert "2026-07-01 12:00:30 UTC" in explain(cooling).message
    stopped = errors.HostBlocked(url="https://arxiv.org/x", host="arxiv.org", since=until)
    assert explain(stopped).help.endswith("syncd requests --release arxiv.org")


def test_days_out_of_reach_are_named_with_the_command_for_them() -> None:
    days = tuple(DAY + timedelta(n) for n in range(7))
    words = explain(errors.OutOfReach("too old", days=days))
    assert words.message.startswith("2026-07-01, 2026-07-02, 2026-07-03, 2026-07-04, 2026-07-05 …: ")
    assert words.help == "for older dates: syncd backfill --since 2026-07-01"


def test_a_date_in_the_future_is_no_matter_for_a_backfill() -> None:
    future = errors.OutOfReach("not announced yet", days=(date(2027, 1, 1),), is_future=True)
    assert explain(future).help == "see when arXiv announces: syncd calendar 2027-01"
    assert explain_briefly(future) == "not announced yet"


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (errors.DatabaseError("file is not a database", path="a.db", is_damage=True), "syncd replay"),
        (errors.DatabaseError("no such table: mailing", path="a.db", passing=True), "syncd replay"),
        (errors.DatabaseError("database is locked", path="a.db", passing=True), "again later"),
    ],
)
def test_what_helps_against_a_database_that_fails_fits_the_failure(error: errors.DatabaseError, advice: str) -> None:
    assert advice in explain(error).help
    assert "db check" not in explain(error).help


def test_a_conflict_says_where_the_other_bytes_are() -> None:
    assert "vault as abc" in explain(errors.DayConflict(path="a.md", day=DAY, kept="abc")).message
    assert "vault" not in explain(errors.DayConflict(path="a.md", day=DAY, kept=None)).message


@pytest.mark.parametrize("sly", ["\x1b[2Jx", "a\nb", "\u202etxt", "\x07", "\udc80"])
def test_no_name_of_a_file_can_steer_the_terminal(sly: str) -> None:
    message = explain(errors.FolderError("denied", path=f"archive/{sly}")).message
    assert message.isprintable()


def test_a_time_shows_seconds_only_when_they_are_not_0() -> None:
    assert format_time(datetime(2026, 11, 20, 20, 0, tzinfo=UTC)) == "2026-11-20 20:00 UTC"
    assert (
        format_time(datetime(2026, 11, 20, 20, 0, 5, tzinfo=timezone(timedelta(hours=-5), "EST")))
        == "2026-11-20 20:00:05 EST"
    )


@pytest.mark.parametrize(("count", "named", "end"), [(5, 5, False), (6, 5, True)])
def test_five_dates_out_of_reach_are_named(count: int, named: int, end: bool) -> None:
    days = tuple(date(2020, 1, n + 1) for n in range(count))
    message = explain(errors.OutOfReach("too old", days=days)).message
    assert (message.count("2020-01-"), "…" in message) == (named, end)


@pytest.mark.parametrize(("count", "more"), [(10, ""), (11, "; and 1 more")])
def test_ten_faults_of_a_file_are_named(count: int, more: str) -> None:
    issues = tuple(Issue(n, "crlf", "odd") for n in range(count))
    message = explain(errors.FaultyDigest(path="x.md", issues=issues)).message
    assert message.count("odd") == 10
    assert message.endswith(f"(crlf){more}")


def test_a_variable_is_left_out_by_unset_and_a_file_is_explained() -> None:
    variable = errors.ConfigError("must be an ISO time with offset", origin="SYNCD_NOW")
    assert explain(variable).help == "to go on without it: unset SYNCD_NOW"
    assert explain(errors.ConfigError("cannot be read", origin="config")).help.endswith("syncd config generate")


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "make room on the disk"),
        (errno.EROFS, "mount the disk for writing"),
        (errno.EACCES, "owner and mode"),
        (errno.EMFILE, "raise the limit"),
        (errno.ELOOP, "move what stands there away"),
        (errno.EISDIR, "move what stands there away"),
        (errno.ENXIO, "move what stands there away"),
        (errno.ENOENT, "check the path"),
        (errno.EIO, "check the disk"),
    ],
)
def test_what_the_system_refuses_is_answered_with_what_helps(tmp_path: Path, number: int, advice: str) -> None:
    with pytest.raises(errors.FolderError) as caught, translate_errors(tmp_path):
        raise OSError(number, "refused")
    assert advice in explain(caught.value).help


def test_what_the_disk_did_not_cause_is_not_blamed_on_it(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(b"x" * 11)
    with ZipFile(tmp_path / "packed.zip", "w") as packed_file:
        for name in ("one", "two"):
            packed_file.writestr(name, "{}")
    vault = FolderVault(tmp_path / "vault")
    with pytest.raises(errors.FolderError) as large:
        saved_pages._load(tmp_path / "page", 10)
    with pytest.raises(errors.FolderError) as packed:
        find_other_form(tmp_path / "packed.zip")
    with pytest.raises(errors.FolderError) as lost:
        vault.get("0" * 64)
    helps = [explain(caught.value).help for caught in (large, packed, lost)]
    assert all("disk" not in each for each in helps)
    assert "upstream.max_body" in helps[0]
    assert "backup" in helps[2]
    assert explain(errors.Unexpected("larger", url="u", remedy="raise it")).help == "raise it"
