"""Plain words: the code, the tests and the documents use none of the words that school English does not teach."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = ("syncd", "tests", "docs", "alembic", "systemd", "README.md", "CHANGELOG.md", "config.toml")
SUFFIXES = {".py", ".md", ".toml", ".in", ".1", ".5", ".service", ".timer", ".conf", ".sh", ".yml"}
WORDS = (
    "amiss",
    "anybody",
    "ere",
    "farewell",
    "foretold",
    "heed",
    "hither",
    "in vain",
    "lest",
    "mend(s|ed|ing)?",
    "nobody",
    "reckon(s|ed|ing)?",
    "so long",
    "so many",
    "somebody",
    "thither",
    "told",
    "vouch(es|ed)?",
    "whence",
    "whoever",
    "whomever",
    "witness(es|ed)?",
)
MANNERED = re.compile(rf"(?<![a-z])(?:{'|'.join(WORDS)})(?![a-z])", re.IGNORECASE)
ALLOWED = re.compile(
    r"(?<![a-z])witness(?![a-z])"  # the option `--witness` of `syncd sync`, which scripts use, and its argument
    r"|witnesses-disagree"  # the name of a guard, which scripts see
    r"|runuser -u nobody"  # a user that every Unix has
    r"|(?<=[\"`_])told(?=[\"`])"  # the name that a table had before the first release
)
EXCEPTIONS = {
    "tests/project/test_plain_words.py",  # the list itself
    "syncd/rehearsal/small.toml",  # texts of papers, as authors write them
}


def find_words(name: str, text: str) -> list[str]:
    """Return each mannered word with its file and line."""
    return [
        f"{name}:{number}: {found[0]}"
        for number, line in enumerate(text.splitlines(), start=1)
        for found in MANNERED.finditer(ALLOWED.sub("", line))
    ]


def list_files() -> list[Path]:
    """Return the text files of code, tests and documents, sorted."""
    found = [path for place in PLACES for path in [ROOT / place, *(ROOT / place).rglob("*")]]
    return sorted(path for path in found if path.is_file() and path.suffix in SUFFIXES)


def test_no_file_uses_a_mannered_word() -> None:
    files = {str(path.relative_to(ROOT)): path for path in list_files()}
    found = [
        line
        for name in sorted(files.keys() - EXCEPTIONS)
        for line in find_words(name, files[name].read_text(encoding="utf-8"))
    ]
    assert not found, f"{len(found)} mannered words:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "text", ["a told b", "_told = 1", "Whoever asks", "to mend it", "two witnesses", "so\tmany, so many"]
)
def test_a_mannered_word_is_found_also_inside_a_name(text: str) -> None:
    assert find_words("x.py", text)


@pytest.mark.parametrize("text", ["--witness", "witness=True", "recommended", "here", "threshold", "amends"])
def test_other_words_are_left_alone(text: str) -> None:
    assert not find_words("x.py", text)
