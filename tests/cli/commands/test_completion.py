"""Completion as the shells do it: the printed script is loaded and asked, in every shell that is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from syncd.cli.registry import list_command_names

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.command_line import Shell

HEAVY = ("sqlalchemy", "alembic", "httpx", "feedparser", "apscheduler", "selectolax")


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH on which `syncd` is this one, whatever else is installed."""
    program = tmp_path / "syncd"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m syncd "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return f"{tmp_path}:/usr/local/bin:/usr/bin:/bin"


def ask(path: str, shell: str, code: str) -> list[str]:
    """The words that a shell started without any start-up file prints."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"needs {shell}")
    options = {"bash": ["--norc", "-c"], "zsh": ["-f", "-c"], "fish": ["--no-config", "-c"]}[shell]
    environ = {"PATH": path, "HOME": path.partition(":")[0], "LC_ALL": "C.UTF-8"}
    ended = subprocess.run(
        [program, *options, code], check=True, capture_output=True, text=True, env=environ, timeout=60
    )
    assert "not found" not in ended.stderr
    return ended.stdout.split()


def bash(path: str, *words: str) -> list[str]:
    """What bash offers for the last of the words."""
    line = " ".join(f"'{word}'" for word in words)
    return ask(
        path,
        "bash",
        f'eval "$(syncd completion bash)"; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; '
        'function_=$(complete -p syncd | sed "s/.*-F \\([^ ]*\\).*/\\1/"); compopt() { :; }; '
        '"$function_" syncd; echo "${COMPREPLY[@]}"',
    )


def test_bash_offers_every_command(path: str) -> None:
    assert bash(path, "syncd", "") == list_command_names()


def test_bash_offers_options_and_the_values_they_take(path: str) -> None:
    assert bash(path, "syncd", "s") == [name for name in list_command_names() if name.startswith("s")]
    assert bash(path, "syncd", "repair", "--acc") == ["--accept-file"]
    assert bash(path, "syncd", "diff", "--against", "") == ["upstream", "files", "sql"]
    assert bash(path, "syncd", "-c", "mine.toml", "db", "") == ["upgrade", "current", "check", "copy"]


def test_fish_offers_commands_with_what_they_do(path: str) -> None:
    code = 'syncd completion fish | source; complete -C "syncd st"; complete -C "syncd completion "'
    assert ask(path, "fish", code)[:2] == ["status", "Say"]
    assert ask(path, "fish", code)[-3:] == ["bash", "fish", "zsh"]


def test_zsh_offers_commands_with_what_they_do(path: str) -> None:
    code = (
        "compdef() { print registered $2 }; "
        'eval "$(syncd completion zsh)"; '
        "_describe() { print -l -- $completions_with_descriptions }; compadd() { print -l -- $completions }; "
        "words=(syncd st); CURRENT=2; _syncd_completion; words=(syncd db ''); CURRENT=3; _syncd_completion; true"
    )
    said = ask(path, "zsh", code)
    assert said[:3] == ["registered", "syncd", "status:Say"]
    assert said[-3:] == ["upgrade", "current", "check", "copy"]


def test_completing_loads_no_heavy_library(path: str) -> None:
    environ = {"PATH": path, "_SYNCD_COMPLETE": "bash_complete", "COMP_WORDS": "syncd ", "COMP_CWORD": "1"}
    command = [sys.executable, "-X", "importtime", "-m", "syncd"]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, env=environ)
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in ended.stderr.splitlines()}
    assert "click" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion_script(syncd: Shell, shell: str) -> None:
    ended = syncd("completion", shell)
    assert ended.code == 0
    assert "_SYNCD_COMPLETE" in ended.out


def test_the_completion_script_is_answered_with_commands_and_options(
    syncd: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_SYNCD_COMPLETE", "bash_complete")
    for words, number, offered in ("syncd st", 1, "status"), ("syncd sync --dr", 2, "--dry-run"):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(number))
        assert f"plain,{offered}\n" in syncd().out
