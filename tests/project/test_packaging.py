"""What is in the wheel and in the source archive, and that the pins cover what is declared."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from contextlib import chdir
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
built = pytest.mark.skipif(find_spec("hatchling") is None, reason="needs the build backend: hatchling")


def build_wheel(source: Path, folder: Path) -> Path:
    from hatchling.build import build_wheel as build

    folder.mkdir()
    with chdir(source):
        return folder / build(str(folder))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built from this checkout."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("built") / "wheel")


@pytest.fixture(scope="module")
def unpacked_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the source archive of this checkout unpacks to."""
    from hatchling.build import build_sdist

    folder = tmp_path_factory.mktemp("source")
    with chdir(ROOT):
        archive = folder / build_sdist(str(folder))
    # Python 3.11.2 has no safe way to unpack it without a warning from a later Python.
    subprocess.run(["tar", "-xf", str(archive), "-C", str(folder)], check=True)
    return folder / archive.name.removesuffix(".tar.gz")


def content(wheel: Path) -> set[str]:
    with ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name and ".data/" not in name}


def sources(folder: str) -> set[str]:
    """Every file below a folder of the project that is not made by Python."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(ROOT)) for path in found}


@built
def test_the_wheel_holds_the_package_its_data_and_the_migrations_and_nothing_else(wheel: Path) -> None:
    migrations = {name.replace("alembic/", "syncd/migrations/", 1) for name in sources("alembic")}
    found = content(wheel)
    assert found == sources("syncd") | migrations
    assert {"syncd/py.typed", "syncd/rehearsal/small.toml", "syncd/migrations/env.py"} <= found
    assert "syncd/migrations/__init__.py" not in found  # it would shadow the library


@built
def test_the_wheel_brings_what_an_installation_needs_beside_the_package(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        data = {name.partition(".data/data/share/")[2]: name for name in archive.namelist() if ".data/" in name}
        units = {f"syncd/{name}": name for name in sources("systemd")}
        pages = {"man/man1/syncd.1": "docs/man/syncd.1", "man/man5/syncd.toml.5": "docs/man/syncd.toml.5"}
        monitoring = {f"syncd/{name}": f"docs/{name}" for name in ("alerts.yml", "datasette.yaml", "grafana.json")}
        expected = units | pages | monitoring
        assert data.keys() == expected.keys()
        assert all(archive.read(data[name]) == (ROOT / path).read_bytes() for name, path in expected.items())


@built
def test_the_source_archive_holds_what_building_and_testing_need(unpacked_source: Path) -> None:
    found = {path.name for path in unpacked_source.iterdir()}
    assert {"Makefile", "README.md", "constraints.txt", "config.toml", "tests"} <= found


@built
def test_the_source_archive_builds_the_same_wheel(unpacked_source: Path, wheel: Path, tmp_path: Path) -> None:
    assert content(build_wheel(unpacked_source, tmp_path / "again")) == content(wheel)


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {normal(name): version for name, _, version in (line.partition("==") for line in lines)}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [
        project["build-system"]["requires"],
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    return {normal(re.split(r"[\[<>=~! ]", one, maxsplit=1)[0]) for group in groups for one in group}


def imports(path: Path) -> Iterator[str]:
    """The packages that a module imports, at its head or later."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_everything_imported_is_declared_to_be_needed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["web"]]
    needed = {normal(re.split(r"[<>=]", one, maxsplit=1)[0]) for one in declared}
    imported = {name for path in sources("syncd") if path.endswith(".py") for name in imports(ROOT / path)}
    others = {normal(name) for name in imported - sys.stdlib_module_names - {"syncd"}}
    assert others == needed - {"tzdata"}  # which has data only


def test_everything_declared_is_pinned() -> None:
    assert declared() - set(pins()) == set()


def test_pins_are_exact_and_hold_no_address() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in text.splitlines())
    assert all(version for version in pins().values())
    assert list(pins()) == sorted(pins())


def test_the_version_is_written_in_one_place() -> None:
    import syncd

    assert re.fullmatch(r"\d+\.\d+\.\d+", syncd.__version__)
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
