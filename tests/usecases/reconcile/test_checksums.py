"""Test the checksums of a year: what `sha256sum` says of them, when they are created, and what updates them."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.archive.files.digest_folder import Folder
from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.model import State
from syncd.core.reconcile import Choice
from syncd.usecases.ingest.adopt import adopt
from syncd.usecases.inspect.check import Scope, check, is_sound
from syncd.usecases.reconcile import checksums
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.reconcile.write import PAGE, Provenance, write_mailing, write_mailings
from syncd.usecases.workspace import Access
from tests.support.digest_damage import SOUND
from tests.support.sound_archive import DAY, DAYS, LISTED, Held, Killed, copied, invented, kill_at

if TYPE_CHECKING:
    from collections.abc import Sequence

HOW = Provenance(State.COMPLETE, "catchup", "heading of a page", None)
SUMS = Path("2021", "SHA256SUMS")
NEXT = date(2021, 4, 9)

needs_sha256sum = pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    here = copied(tmp_path_factory, tmp_path / "held")
    with here.open() as work:
        assert check(work, Scope(full=True)).problems == ()
    return here


def sums(held: Held) -> list[str]:
    return (held.root / SUMS).read_text(encoding="utf-8").splitlines()


def expected(held: Held, days: Sequence[date] = DAYS) -> list[str]:
    return [f"{sha256(held.file(day).read_bytes())}  {day}.md" for day in days]


def sha256sum(folder: Path, name: str = SUMS.name) -> list[str]:
    """Return what `sha256sum -c` says of each file."""
    command = ["sha256sum", "--check", "--strict", name]
    return subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True).stdout.splitlines()


def stale(held: Held, *, full: bool = False) -> list[str | None]:
    with held.open() as work:
        return [one.path for one in check(work, Scope(full=full)).problems if one.code == "manifest-stale"]


def test_a_year_lists_its_digests_by_date(held: Held) -> None:
    assert sums(held) == expected(held)
    assert (held.root / SUMS).stat().st_mode & 0o777 == 0o644
    assert stale(held) == []


@needs_sha256sum
def test_sha256sum_accepts_it_and_finds_an_edited_file(held: Held) -> None:
    assert sha256sum(held.root / "2021") == [f"{day}.md: OK" for day in DAYS]
    held.file(DAY).write_bytes(SOUND.replace(b"Plain", b"Plane"))
    with held.open() as work:
        repair(work)
        finish_interrupted(work)
    assert sha256sum(held.root / "2021") == [f"{day}.md: {'FAILED' if day == DAY else 'OK'}" for day in DAYS]


@needs_sha256sum
@pytest.mark.parametrize("name", ["%Y-%m-%d.md", "%m/%d %Y.md", "a\\b/%Y%m%d", "%y-%j.md"])
def test_any_other_template_has_them_in_the_root(tmp_path: Path, name: str) -> None:
    here = Held(tmp_path, overrides={"archive.filename": name})
    with here.open(Access.CREATE) as work:
        write_mailings(work, [(invented(day), HOW) for day in DAYS])
        assert check(work, Scope(full=True)).problems == ()
    assert [line.rpartition(": ")[2] for line in sha256sum(here.root, "SHA256SUMS.2021")] == ["OK"] * len(DAYS)


def test_a_page_of_mailings_writes_each_touched_year_once(held: Held) -> None:
    written: list[str] = []
    days = [date(2021, 11, 1) + timedelta(days=n) for n in range(PAGE)]
    with held.open(steps=written.append) as work:
        write_mailings(work, [(invented(day), HOW) for day in days])
        assert written.count("named") == len(days) + 1
        written.clear()
        write_mailings(work, [(invented(day), HOW) for day in days])
    assert "named" not in written
    assert len(sums(held)) == len(DAYS) + len(days)


def test_checksums_hold_the_first_and_the_last_day_of_the_year(held: Held) -> None:
    first, last = date(2021, 1, 1), date(2021, 12, 31)
    with held.open() as work:
        write_mailings(work, [(invented(day), HOW) for day in (first, last)])
    assert sums(held) == expected(held, [first, *DAYS, last])


def test_only_a_full_check_without_faults_creates_them(held: Held) -> None:
    (held.root / SUMS).unlink()
    with held.open() as work:
        write_mailing(work, invented(NEXT), HOW)
        repair(work)
        check(work, Scope())
        assert not (held.root / SUMS).exists()
        held.file(DAY).write_bytes(b"damaged")
        check(work, Scope(full=True))
        assert not (held.root / SUMS).exists()
        repair(work, [DAY], Choice.RESTORE)
        check(work, Scope(full=True))
    assert sums(held) == expected(held, [*DAYS, NEXT])


@pytest.mark.parametrize("step", ["agreed", "named"])
def test_a_killed_write_is_finished_by_the_next_run(held: Held, step: str) -> None:
    with held.open(steps=kill_at(step)) as work, pytest.raises(Killed):
        write_mailing(work, invented(NEXT), HOW)
    assert sums(held) == expected(held)
    with held.open() as work:
        finish_interrupted(work)
    assert sums(held) == expected(held, [*DAYS, NEXT])


@pytest.mark.parametrize("damage", [b"", b"no sums\n"])
def test_damaged_checksums_are_a_hint_and_repair_updates_them(held: Held, damage: bytes) -> None:
    (held.root / SUMS).write_bytes(damage)
    assert stale(held) == [str(SUMS)]
    with held.open() as work:
        assert is_sound(check(work, Scope()))
        assert check(work, Scope([DAY])).problems == ()
        repair(work, dry_run=True)
    assert stale(held, full=True) == [str(SUMS)]
    with held.open() as work:
        repair(work, [LISTED])
    assert sums(held) == expected(held)


@pytest.mark.parametrize("choice", [Choice.ACCEPT_FILE, Choice.RESTORE])
def test_they_follow_the_choice_of_a_person(held: Held, choice: Choice) -> None:
    held.file(DAY).write_bytes(SOUND.replace(b"Plain", b"Plane"))
    with held.open() as work:
        repair(work, [DAY], choice)
    assert sums(held) == expected(held)


def test_a_link_in_their_place_stops_no_mailing_and_is_reported(held: Held) -> None:
    (held.root / SUMS).unlink()
    (held.root / SUMS).symlink_to("elsewhere")
    with held.open() as work:
        assert write_mailing(work, invented(NEXT), HOW).error is None
        found = check(work, Scope()).problems
    assert {(one.code, one.path) for one in found} == {("manifest-stale", str(SUMS)), ("stray-file", str(SUMS))}
    assert (held.root / SUMS).is_symlink()


def test_adoption_does_not_take_them_for_digests(held: Held) -> None:
    with held.open() as work:
        assert {one.day for one in adopt(work, [held.root], dry_run=True).days} == set(DAYS)


@given(day=st.dates(date(1991, 8, 1), date(2090, 12, 31)), name=st.sampled_from(["a\nb/%Y-%m-%d", "c\\%Y/%j", "%Y/%j"]))
def test_a_line_is_one_line_whatever_the_name(day: date, name: str) -> None:
    folder = Folder(Path("/nowhere"), name)
    (data,) = checksums.render(folder, {day: sha256(b"")}).values()
    assert data.count(b"\n") == 1
    assert data.startswith(b"\\") == (name != "%Y/%j")


def test_they_are_rendered_from_the_agreements_alone(held: Held) -> None:
    with held.open() as work:
        agreed = {DAY: sha256(SOUND), LISTED: sha256(digests.render(invented(LISTED)))}
        assert set(checksums.render(work.folder, agreed)) == {2021}
        assert set(checksums.find_outdated(work.folder, agreed)) == {2021}
