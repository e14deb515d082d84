"""Run the tests on the newest allowed version of every dependency, on each supported Python that can be had: `make newest`.

Interpreters are looked for on PATH, under pyenv, and with uv where that is installed, which may download them. Each gets an
environment of its own in build/newest, made without constraints.txt. What differs from the pinned versions is printed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
_ASK = "import ensurepip, sqlite3, ssl, sys; print('%d.%d' % sys.version_info[:2])"


def main(tests: list[str]) -> int:
    """Run `tests` (arguments of pytest, all by default) on every Python, print a table, and return 1 where any failed."""
    results = {version: _run_on(version, tests) for version in SUPPORTED}
    print("\n".join(f"Python {version:5} {result}" for version, result in results.items()))
    return 1 if any(result.startswith("failed") for result in results.values()) else 0


def _run_on(version: str, tests: list[str]) -> str:
    python = _find_python(version)
    if python is None:
        return "not here"
    room = ROOT / "build" / "newest" / version
    shutil.rmtree(room, ignore_errors=True)
    print(f"--- Python {version}: {python}", flush=True)
    subprocess.run([python, "-m", "venv", str(room)], check=True)
    mine = str(room / "bin" / "python")
    pip = [mine, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--upgrade", "pip"], check=True)
    wanted = ["--upgrade", "--upgrade-strategy", "eager", "--group", "dev", "-e", ".[postgres,web]"]
    if subprocess.run([*pip, "install", *wanted], cwd=ROOT, check=False).returncode != 0:
        return "failed: its dependencies cannot be installed"
    newer = _list_other_versions(subprocess.check_output([*pip, "freeze"], text=True))
    print("other versions than pinned: " + (", ".join(newer) or "none"), flush=True)
    command = [mine, "-m", "pytest", "-q", "-n", "auto", "-p", "no:cacheprovider", *tests]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    return f"{'passed' if code == 0 else f'failed: pytest ended with {code}'}, {len(newer)} other versions than pinned"


def _find_python(version: str) -> str | None:
    """Return an interpreter of this version that can make environments, None where there is none."""
    candidates = [shutil.which(f"python{version}")]
    for folder in (Path.home() / ".pyenv" / "versions", Path.home() / ".local" / "share" / "uv" / "python"):
        candidates += [str(found) for found in sorted(folder.glob(f"*{version}*/bin/python3"), reverse=True)]
    for candidate in filter(None, candidates):
        if _is_version(candidate, version):
            return candidate
    uv = shutil.which("uv")
    if uv is None or subprocess.run([uv, "python", "install", version], check=False).returncode != 0:
        return None
    return subprocess.check_output([uv, "python", "find", version], text=True).strip()


def _is_version(python: str, version: str) -> bool:
    found = subprocess.run([python, "-c", _ASK], capture_output=True, text=True, check=False)
    return found.returncode == 0 and found.stdout.strip() == version


def _list_other_versions(frozen: str) -> list[str]:
    """Return what was installed in another version than constraints.txt pins."""
    pinned = _read_versions((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    return [
        f"{name} {version} ({pinned.get(name, 'not pinned')})"
        for name, version in _read_versions(frozen).items()
        if pinned.get(name) != version
    ]


def _read_versions(text: str) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
