"""What a host gives an archive, examined without a systemd, another user or a full disk at hand."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files.locks import write_lock
from syncd.config import Config, load
from syncd.usecases.inspect import host_checks
from syncd.usecases.inspect.host_checks import Check, Grade, Host
from syncd.usecases.process import Ended

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ME = os.geteuid()


def host(answer: bytes = b"", *, exit_code: int | None = 0, user: int = ME, **environ: str) -> Host:
    """A host on which every program says the same."""

    def run(_command: Sequence[str]) -> Ended:
        return Ended(exit_code, answer, b"", 0.1, "" if exit_code is not None else "cannot be started")

    return Host(environ, user, run)


def config(folder: Path, **flags: object) -> Config:
    given = {key.replace("__", "."): value for key, value in flags.items()}
    return load(None, {"STATE_DIRECTORY": str(folder), "HOME": str(folder)}, given, folder=folder)


def grades(checks: Iterable[Check]) -> dict[str, Grade]:
    return {check.subject: check.grade for check in checks}


def test_the_software_of_a_working_installation_is_in_order() -> None:
    assert grades(host_checks.software()) == dict.fromkeys(("python", "syncd", "libraries", "sqlite"), Grade.OK)


def test_a_driver_is_looked_for_only_where_one_is_needed(tmp_path: Path) -> None:
    assert list(host_checks.driver(config(tmp_path))) == []
    (check,) = host_checks.driver(config(tmp_path, database__url="postgresql+psycopg://a@b/c"))
    assert check.subject == "driver"


def test_every_warning_of_the_configuration_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.touch()
    found = list(host_checks.configuration(config(tmp_path, publish__push=True)))
    assert [check.grade for check in found] == [Grade.OK, Grade.WARN, Grade.WARN]
    assert found[0].message == str(file)


def test_a_missing_configuration_is_a_warning_with_the_places_that_were_looked_at(tmp_path: Path) -> None:
    (found,) = host_checks.configuration(config(tmp_path))
    assert found.grade is Grade.WARN
    assert str(tmp_path / "config.toml") in found.message
    assert "syncd config generate" in found.help


def test_a_password_that_every_user_may_read_is_a_warning_without_the_password(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[database]\nurl = "postgresql://me:hunter2@db/syncd"\n[upstream]\ncontact = "x"\n', encoding="utf-8"
    )
    file.chmod(0o644)
    *_, check = host_checks.configuration(config(tmp_path))
    assert (check.grade, "database.url contains a password" in check.message) == (Grade.WARN, True)
    assert "hunter2" not in repr(check)
    file.chmod(0o640)
    assert len(list(host_checks.configuration(config(tmp_path)))) == 1


def test_an_address_without_a_password_may_be_read_by_every_user(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[database]\nurl = "postgresql://db/syncd"\n[upstream]\ncontact = "x"\n', encoding="utf-8")
    file.chmod(0o644)
    assert len(list(host_checks.configuration(config(tmp_path)))) == 1


def test_folders_that_are_ours_are_in_order(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "vault").mkdir()
    found = list(host_checks.folders(config(tmp_path), host()))
    assert grades(found) == dict.fromkeys(("root", "vault", "database folder"), Grade.OK)
    assert found[2].message.startswith(f"{tmp_path}, of ")


def test_a_folder_that_is_not_there_yet_is_a_warning(tmp_path: Path) -> None:
    assert grades(host_checks.folders(config(tmp_path), host()))["root"] is Grade.WARN


def test_a_file_in_a_folders_place_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "archive").touch()
    assert grades(host_checks.folders(config(tmp_path), host()))["root"] is Grade.FAIL


def test_a_folder_of_another_user_says_how_to_run_as_that_one(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    check = next(iter(host_checks.folders(config(tmp_path), host(user=ME + 1))))
    assert check.grade is Grade.WARN
    assert check.help.endswith(f"-u {host_checks.user_name(ME)} syncd …")


@pytest.mark.skipif(ME == 0, reason="nothing is closed to root")
def test_a_folder_that_cannot_be_written_to_is_a_fault(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    root.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    assert grades(host_checks.folders(config(tmp_path), host()))["root"] is Grade.FAIL


@pytest.mark.parametrize(
    ("room", "grade"),
    [
        ((20 << 20) - 1, Grade.FAIL),
        (20 << 20, Grade.WARN),
        ((200 << 20) - 1, Grade.WARN),
        (200 << 20, Grade.OK),
    ],
)
def test_a_disk_is_nearly_full_below_200_mib_and_full_below_20(tmp_path: Path, room: int, grade: Grade) -> None:
    assert host_checks.room("root", tmp_path, "syncd", room).grade is grade


def test_no_vault_and_no_database_file_are_not_looked_for(tmp_path: Path) -> None:
    found = config(tmp_path, archive__vault="", database__url="postgresql://a@b/c")
    assert list(grades(host_checks.folders(found, host()))) == ["root"]


def test_a_lock_says_who_holds_it_without_being_taken(tmp_path: Path) -> None:
    found = config(tmp_path)
    found.archive.root.mkdir()
    assert list(host_checks.locks(found, "")) == []
    with write_lock(found.archive.root, holder="process 7 (syncd sync), since noon"):
        place = (found.archive.root / ".syncd-write.lock").stat()
        line = f"1: FLOCK  ADVISORY  WRITE 7 {os.major(place.st_dev):02x}:{os.minor(place.st_dev):02x}:{place.st_ino} 0 EOF"
        (check,) = host_checks.locks(found, f"9: POSIX ADVISORY READ 1 00:1:2 0 EOF\n{line}\n")
        assert check.message == "held by process 7 (syncd sync), since noon"
    (check,) = host_checks.locks(found, line.replace("FLOCK", "POSIX"))
    assert check.message == "free"


@pytest.mark.parametrize(("answer", "grade"), [(b"yes\n", Grade.OK), (b"no\n", Grade.WARN), (b"", Grade.SKIPPED)])
def test_a_clock_that_is_not_kept_right_is_a_warning(answer: bytes, grade: Grade) -> None:
    assert host_checks.clock(host(answer)).grade is grade


def test_a_frozen_clock_is_a_warning() -> None:
    check = host_checks.clock(host(b"yes\n", SYNCD_NOW="2026-07-13T16:00:00Z"))
    assert (check.grade, "stands still" in check.message) == (Grade.WARN, True)


def unit(load: str, active: str, status: str = "") -> Check:
    said = f"LoadState={load}\nActiveState={active}\nSubState=x\nUnitFileState=enabled\nStatusText={status}\n"
    return host_checks.unit(config(Path("/nowhere")), host(said.encode()))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/etc/syncd/config.toml", "syncd.service"),
        ("/etc/syncd/cs.CL.toml", "syncd@cs.CL.service"),
        ("/home/me/cs.CL.toml", "syncd.service"),
    ],
)
def test_the_unit_is_that_of_the_configuration(path: str, name: str) -> None:
    found = replace(config(Path("/nowhere")), path=Path(path))
    assert name in host_checks.unit(found, host(b"LoadState=not-found\n")).message


def test_an_active_unit_says_its_status() -> None:
    check = unit("loaded", "active", "next poll 20:00 New York")
    assert (check.grade, check.message) == (Grade.OK, "active (x), enabled: next poll 20:00 New York")


@pytest.mark.parametrize(
    ("load", "active", "grade"),
    [
        ("loaded", "failed", Grade.FAIL),
        ("loaded", "inactive", Grade.WARN),
        ("not-found", "inactive", Grade.SKIPPED),
        ("loaded", "activating", Grade.WARN),
    ],
)
def test_a_unit_that_does_not_run_is_distinguished_from_none(load: str, active: str, grade: Grade) -> None:
    assert unit(load, active).grade is grade


@pytest.mark.parametrize("exit_code", [1, None])
def test_no_systemd_is_no_fault(exit_code: int | None) -> None:
    assert host_checks.unit(config(Path("/nowhere")), host(exit_code=exit_code)) == Check(
        "unit", Grade.SKIPPED, "systemd is not running on this host"
    )


def test_a_hook_whose_program_is_missing_is_a_fault(tmp_path: Path) -> None:
    found = config(tmp_path, hooks__on_new=["sh -c true", "/nowhere/notify TOKEN"])
    checks = list(host_checks.hooks(found, host(PATH=os.environ["PATH"])))
    assert [check.grade for check in checks] == [Grade.OK, Grade.FAIL]
    assert "TOKEN" not in repr(checks)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_root_that_is_no_checkout_is_a_fault_where_commits_are_asked_for(tmp_path: Path) -> None:
    found = config(tmp_path, publish__git=True)
    here = host(PATH=os.environ["PATH"])
    assert grades(host_checks.publishing(found, here)) == {"publish": Grade.SKIPPED}
    found.archive.root.mkdir()
    assert grades(host_checks.publishing(found, here)) == {"publish": Grade.FAIL}
    assert grades(host_checks.publishing(found, host(user=ME + 1))) == {"publish": Grade.SKIPPED}
    assert list(host_checks.publishing(replace(found, publish=config(tmp_path).publish), here)) == []


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_checkout_is_in_order_once_its_branch_is_pushed_somewhere(tmp_path: Path) -> None:
    found = config(tmp_path, publish__git=True, publish__push=True)
    found.archive.root.mkdir()
    here = host(PATH=os.environ["PATH"])
    subprocess.run(["git", "-C", str(found.archive.root), "init", "-q"], check=True)
    assert grades(host_checks.publishing(found, here)) == {"publish": Grade.FAIL}
    only_git = replace(found, publish=config(tmp_path, publish__git=True).publish)
    assert grades(host_checks.publishing(only_git, here)) == {"publish": Grade.OK}
    (found.archive.root / ".git" / "MERGE_HEAD").touch()
    assert grades(host_checks.publishing(only_git, here)) == {"publish": Grade.WARN}
