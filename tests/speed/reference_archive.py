"""The reference archive of all measurements: digests as large as real ones, with texts of real length, from a seed.

The whole one has 1,747 digests with about 277,000 entries, 440 MB. A smaller one has the newest of its digests, so that its
texts, sections and markup are of the same kind. It must not draw from any other source of chance: each run measures the same
bytes.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

from syncd.config import load
from syncd.core import digest as digests
from syncd.core import mailing, markup
from syncd.core.model import Digest, Entry, PaperId
from syncd.usecases.ingest.adopt import adopt
from syncd.usecases.workspace import Access, open_workspace
from tests.speed.invented_words import LETTERS_PER_WORD, InventedWords

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from syncd.usecases.workspace import Workspace

DIGESTS, MEAN_ENTRIES = 1_747, 159
"""The size of the whole archive."""
NEWEST = date(2026, 7, 31)
_SINCE = date(2019, 6, 3)
_SHORTEST, _LONGEST = 1_100, 1_400
"""Characters of an abstract."""
_CROSS_LISTED = 0.2
# Shares of abstracts, as in cs.CV of 2020 to 2022.
_WITH_ADDRESS, _WITH_FORMULA, _WITH_ESCAPED, _WITH_ACCENT, _WITH_PARAGRAPHS = 0.22, 0.15, 0.04, 0.03, 0.02
_CONFIG = """
[archive]
since = {since}
[upstream]
listing_url = "http://127.0.0.1:9"
contact = "a.author@example.org"
"""


@dataclass(frozen=True)
class ReferenceArchive:
    """The archive in `folder`, made by adopting its digests."""

    folder: Path

    @property
    def root(self) -> Path:
        """The folder of the digest files."""
        return self.folder / "archive"

    @property
    def config(self) -> Path:
        """The configuration of the archive."""
        return self.folder / "config.toml"

    @cached_property
    def files(self) -> list[Path]:
        """The digest files, by date."""
        return sorted(self.root.rglob("*.md"))

    @cached_property
    def size(self) -> int:
        """The bytes of the digest files. Digests differ in size: the newest 54 have 4 % fewer papers each than the newest 218."""
        return sum(path.stat().st_size for path in self.files)

    def with_config(self, *arguments: str) -> list[str]:
        """Return the arguments of a command for this archive."""
        return ["-c", str(self.config), *arguments]

    def find_paper(self) -> str:
        """Return the id of the first paper of the newest digest."""
        return self.files[-1].read_text(encoding="utf-8").partition("/pdf/")[2].partition(".pdf")[0]

    def open(self, access: Access = Access.READ) -> AbstractContextManager[Workspace]:
        """Open the archive as a command does."""
        return closing(open_workspace(load(self.config, {}, {}), lambda: NOON, access))


NOON = datetime(NEWEST.year, NEWEST.month, NEWEST.day, 16, tzinfo=UTC)
"""Noon in New York on the newest day."""


def _write_abstract(words: InventedWords, title: Sequence[str], chance: Random) -> str:
    """Return an abstract in canonical HTML."""
    length = chance.randint(_SHORTEST, _LONGEST)
    written = words.draw_abstract(title, round(length / LETTERS_PER_WORD))
    if chance.random() < _WITH_FORMULA:
        # Hundreds of different ones, as a page converts each formula once.
        written[20] = f"$O({written[3][0]}^{{{length % 30}}} \\log n)$"
    if chance.random() < _WITH_ESCAPED:
        written[30] = "R&D"
    if chance.random() < _WITH_ACCENT:
        written[40] = "Poincaré"
    if chance.random() < _WITH_PARAGRAPHS:
        written[50] = f"{written[50]}.\n  Then"
    text = f"{' '.join(written)}."
    if chance.random() < _WITH_ADDRESS:
        text += f" Code is at https://github.com/{written[3]}/{written[7]}."
    # What makes canonical HTML costs more than all the rest, and changes no plain text.
    return markup.abstract_from_raw(text) if any(mark in text for mark in ("&", "://", "\n", "\\")) else text


def list_digests(count: int, mean: int = MEAN_ENTRIES) -> Iterator[Digest]:
    """Yield the newest `count` digests of the whole archive, ascending. `mean` is the mean number of their papers."""
    chance = Random(14)
    words = InventedWords(chance)
    due = [day.day for day in mailing.days(mailing.calendar(), _SINCE, NEWEST) if day.due]
    numbers: dict[str, int] = {}
    for day in due[-count:]:
        month = f"{day:%y%m}"
        entries = max(20, round(chance.gauss(mean, 30)))
        first = numbers.get(month, 0)
        # One in three papers of arXiv is new in this category.
        numbers[month] = first + 3 * entries
        ids = [PaperId(f"{month}.{first + 3 * number + chance.randint(1, 3):05}") for number in range(entries)]
        crossed = set(chance.sample(ids, round(entries * _CROSS_LISTED)))
        ordered = [*sorted(set(ids) - crossed, reverse=True), *sorted(crossed, reverse=True)]
        titles = [words.draw_title() for _ in ordered]
        yield Digest(
            day,
            "cs.CV",
            tuple(
                Entry(one, " ".join(title).title(), _write_abstract(words, title, chance))
                for one, title in zip(ordered, titles, strict=True)
            ),
        )


def make_archive(folder: Path, count: int, mean: int = MEAN_ENTRIES) -> ReferenceArchive:
    """Make the archive of the newest `count` digests in a folder that is not there yet."""
    offered = folder / "offered"
    for digest in list_digests(count, mean):
        path = offered / f"{digest.day:%Y}" / f"{digest.day}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(digests.render(digest))
    made = ReferenceArchive(folder)
    made.config.write_text(_CONFIG.format(since=_SINCE), encoding="utf-8")
    work = open_workspace(load(made.config, {}, {}), lambda: NOON, Access.CREATE)
    try:
        if any(day.error for day in adopt(work, [offered]).days):
            raise RuntimeError("the reference archive was not adopted")
    finally:
        work.close()
    return made
