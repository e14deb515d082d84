"""The units as systemd itself judges them: nothing misspelt, a sandbox that leaves little open; and the guide to them.

What the guide says is tried in a container by `make test-systemd`; here is seen that it is all of it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "systemd"
TRIALS = ROOT / "tests" / "systemd"
SERVICES = ["syncd.service", "syncd-sync.service", "syncd-web.service", "syncd@.service", "syncd-sync@.service"]
_CALL = re.compile(r'^guide (?:"([^"]+)"|(\w+)) (\d+)', re.MULTILINE)
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze (Debian: systemd)"
)


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], check=False, capture_output=True, text=True, timeout=60)


def installed(folder: Path) -> list[Path]:
    """The units in a folder, their program replaced by one that is there."""
    for file in [*UNITS.glob("*.service"), *UNITS.glob("*.timer"), UNITS / "examples" / "user.service"]:
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        name = "syncd-of-a-person.service" if file.name == "user.service" else file.name
        (folder / name).write_text(text.replace("User=syncd", "User=root").replace("Group=syncd", "Group=root"))
    dropins = folder / "syncd.service.d"
    dropins.mkdir()
    example = (UNITS / "examples" / "checkout.conf").read_text(encoding="utf-8")
    (dropins / "checkout.conf").write_text(example.replace("=archivist", "=root"))
    return sorted(folder.glob("*.*r*"))


@needs_systemd
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    files = [path for path in installed(tmp_path) if path.is_file()]
    assert len(files) == 8
    done = analyze("verify", "--man=no", "--recursive-errors=no", *map(str, files))
    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_the_sandbox_leaves_little_open(name: str) -> None:
    done = analyze("security", "--offline=yes", "--threshold=12", str(UNITS / name))
    assert done.returncode == 0, done.stdout[-600:]


def test_the_codes_that_need_a_person_are_not_tried_again() -> None:
    for unit in (UNITS / "syncd.service", UNITS / "syncd@.service", UNITS / "examples" / "user.service"):
        assert "RestartPreventExitStatus=2 5 6 10\n" in unit.read_text(encoding="utf-8")


def test_all_services_live_in_the_same_sandbox() -> None:
    def sandbox(name: str) -> str:
        text = (UNITS / name).read_text(encoding="utf-8")
        return text[text.index("# The sandbox") :].partition("[Install]")[0].strip()

    assert len({sandbox(name) for name in SERVICES}) == 1


def guide(*wanted: str) -> list[str]:
    pages = ":".join(
        str(ROOT / "docs" / "how-to" / f"{name}.md") for name in ("install", "upgrade", "postgresql", "categories")
    )
    command = [sys.executable, str(TRIALS / "guide.py"), pages, *wanted]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def test_every_block_of_the_guide_is_tried_in_the_container() -> None:
    trials = "".join(path.read_text(encoding="utf-8") for path in TRIALS.glob("*.sh"))
    tried = {f"{quoted or plain} {number}" for quoted, plain, number in _CALL.findall(trials)}
    assert set(guide()) == tried


def test_the_reader_changes_nothing_of_a_block() -> None:
    page = (ROOT / "docs" / "how-to" / "upgrade.md").read_text(encoding="utf-8").splitlines()
    block = guide("Upgrading", "1")
    place = page.index(block[0])
    assert page[place - 1] == "```sh"
    assert [*page[place : place + len(block)], "```"] == [*block, page[place + len(block)]]


@pytest.mark.parametrize("script", sorted(TRIALS.glob("*.sh")), ids=lambda path: path.name)
def test_every_trial_is_sound_shell_and_is_run(script: Path) -> None:
    subprocess.run(["bash", "-n", str(script)], check=True)
    if script.name not in {"run.sh", "place.sh", "install.sh"}:
        assert re.search(rf"^subjects=\(.*\b{script.stem}\b.*\)$", (TRIALS / "run.sh").read_text(), re.MULTILINE)
