"""The recipes: each script and each line of configuration in docs/how-to is run with the facts that a hook gets."""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syncd.config import Config, HooksConfig, load
from syncd.usecases import hooks

if TYPE_CHECKING:
    from syncd.core.troubles import EventName

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"
PAGE = "\n".join((HOW_TO / name).read_text(encoding="utf-8") for name in ("alerts.md", "publish.md"))
CONFIGURATIONS = [
    block
    for page in sorted(HOW_TO.parent.rglob("*.md"))
    for block in re.findall(r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
]
FACTS: dict[EventName, dict[str, object]] = {
    "new": {
        "date": "2026-07-13",
        "papers": 213,
        "path": "2026/2026-07-13.md",
        "state": "complete",
        "source": "listing",
    },
    "match": {
        "id": "6d1f",
        "search": "nerf",
        "query": "radiance",
        "date": "2026-07-13",
        "papers": 1,
        "ids": ["2607.00001"],
        "titles": "On radiance",
        "url": None,
        "matches": [{"id": "2607.00001", "title": "On radiance", "url": "https://arxiv.org/abs/2607.00001"}],
    },
    "problem": {"code": "late", "subject": "2026-07-13", "message": 'Not "there" $(yet)', "help": "syncd sync"},
    "recovered": {"code": "late", "subject": "2026-07-13"},
}
CURL = """#!/bin/sh
for word in "$@"; do printf '<%s>\\n' "$word" >> "$NOTES"; done
cat >> "$NOTES"
"""


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def fired(folder: Path, command: str, event: EventName) -> str:
    """Return the arguments and the input of curl, after the hook has succeeded."""
    curl, notes = folder / "curl", folder / "notes"
    curl.write_text(CURL, encoding="utf-8")
    curl.chmod(0o755)
    notes.write_text("", encoding="utf-8")
    environ = {"PATH": f"{folder}:{os.environ['PATH']}", "NOTES": str(notes)}
    config = replace(Config(), hooks=replace(HooksConfig(), **{f"on_{event}": (command,)}))
    (result,) = hooks.fire(config, event, FACTS[event], environ=environ)
    assert result.problem == "", result.output
    return notes.read_text(encoding="utf-8")


@pytest.mark.parametrize("event", FACTS)
@pytest.mark.parametrize("number", range(len(blocks("sh"))))
def test_every_script_shows_every_event(tmp_path: Path, number: int, event: EventName) -> None:
    if "jq " in blocks("sh")[number] and shutil.which("jq") is None:
        pytest.skip("needs jq")
    script = tmp_path / "script"
    script.write_text(blocks("sh")[number], encoding="utf-8")
    script.chmod(0o755)
    shown = fired(tmp_path, str(script), event)
    assert "<-K>\n</etc/syncd/" in shown
    expected = {"new": "213 papers", "match": "On radiance", "problem": "$(yet)", "recovered": "late"}[event]
    assert expected in shown


@pytest.mark.parametrize("event", ["new", "match", "problem"])
def test_a_webhook_gets_the_facts_as_they_are(tmp_path: Path, event: EventName) -> None:
    (webhook,) = [block for block in blocks("toml") if "webhook" in block]
    (command,) = tomllib.loads(webhook)["hooks"][f"on_{event}"]
    shown = fired(tmp_path, command, event)
    assert "<Content-Type: application/json>" in shown
    assert f'"event": "{event}"' in shown


@pytest.mark.parametrize("block", CONFIGURATIONS)
def test_every_piece_of_configuration_is_a_good_one(tmp_path: Path, block: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(block, encoding="utf-8")
    assert load(file, {}, {}).path == file
