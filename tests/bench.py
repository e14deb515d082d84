"""How long the work of an archive takes, as ratios to a fixed workload measured in the same run: `python -m tests.bench`.

It judges nothing: a ratio that grows from one version to the next is the thing to look at.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from syncd.cli import COLLECTION
from syncd.core import digest as digests
from syncd.core import mailing, markup
from syncd.core.mailing.date_inference import infer_dates
from syncd.core.mailing.evidence import bound
from syncd.rehearsal.history import assemble, record
from syncd.sources import listing
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.backfill.harvest import DateRange, harvest
from syncd.usecases.ingest import sync
from syncd.usecases.ingest.upstream_client import ListingClient
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.speed.invented_words import InventedWords
from tests.support.generated_history import grown_history
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from syncd.rehearsal.history import History
    from syncd.web import Response

PAPERS = 66
"""Papers of cs.CV in a mailing, as in the mean of real digests of 2020 and 2021."""
SINCE, UNTIL = date(2026, 5, 4), date(2026, 7, 31)
LONG_SINCE = date(2026, 1, 5)
WORDS = 190
"""Words of an abstract of 1,250 characters."""
REFERENCE = json.dumps([{"id": n, "text": "word " * 20, "list": list(range(20))} for n in range(200)])
"""What everything is compared with: reading this string as JSON, a fifth of a millisecond on a quick machine."""


@dataclass(frozen=True)
class Row:
    """A line of the table: seconds for one of `unit`; `reference` is that of the same moment, where one was taken.

    `ratio` stands for itself where no time was measured.
    """

    what: str
    unit: str
    seconds: float
    reference: float | None = None
    ratio: float | None = None


@dataclass
class Answers:
    """Upstream's answers made beforehand, so that only the asking side is measured."""

    world: World
    made: dict[str, Response] = field(default_factory=dict)

    def get(self, url: str, *, expect: str) -> Response:
        """The answer to `url`, the same each time."""
        if url not in self.made:
            self.made[url] = self.world.get(url, expect=expect)
        return self.made[url]

    def move(self, world: World) -> None:
        """Answer for another world of the same history."""
        old, self.world = self.world.server.url, world
        self.made = {url.replace(old, world.server.url): made for url, made in self.made.items()}


def timed(work: Callable[[], object], rounds: int = 5, least: float = 0.1) -> float:
    """Seconds for one call: the median of some rounds, each of as many calls as take `least` seconds together."""
    once = seconds(work)
    calls = max(1, round(least / max(once, 1e-7)))
    return median(seconds(lambda: [work() for _ in range(calls)]) / calls for _ in range(rounds))


def seconds(work: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def starting() -> Iterator[Row]:
    """`syncd --help` against a Python that does nothing, in turns."""
    bare, program = [sys.executable, "-c", "pass"], [str(Path(sys.executable).with_name("syncd")), "--help"]
    runs = [(seconds(lambda: _quietly(bare)), seconds(lambda: _quietly(program))) for _ in range(20)]
    one, other = (median(column) for column in zip(*runs, strict=True))
    yield Row("python -c pass", "start", one)
    yield Row(f"syncd --help ({other / one:.1f} times python -c pass)", "start", other)


def _quietly(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def texts(history: History) -> Iterator[Row]:
    """The canonical text of papers, and the days they are inferred to belong to."""
    first = [work.editions[0] for work in history.works[:500]]
    raw = [(one.title, one.abstract) for one in first]
    canonical = [(markup.title_from_raw(title), markup.abstract_from_raw(text)) for title, text in raw]

    def from_raw() -> None:
        for title, text in raw:
            markup.title_from_raw(title)
            markup.abstract_from_raw(text)

    def from_html() -> None:
        for title, text in canonical:
            markup.title_from_html(title)
            markup.abstract_from_html(text)

    yield Row("canonical text from raw metadata", "paper", timed(from_raw) / len(raw))
    yield Row("canonical text from HTML", "paper", timed(from_html) / len(raw))
    records = [found for work in history.works if (found := record(work, UNTIL)) is not None]
    calendar = mailing.calendar()
    inference = timed(lambda: infer_dates((bound(record) for record in records), calendar))
    yield Row("infer_dates()", "record", inference / len(records))


def archive(history: History, folder: Path) -> Iterator[Row]:
    """A sync of many mailings, checks of what it wrote, and the reading and writing of its pages and files."""
    with world(folder / "first", noon(UNTIL), history) as first:
        answers = Answers(first)
        _synced(first, answers)
        yield from _checks(first)
        data = first.file(UNTIL).read_bytes()
    with world(folder / "second", noon(UNTIL), history) as second:
        answers.move(second)
        taken = seconds(lambda: _synced(second, answers))
    yield Row("sync, without the network", "mailing", taken / len(history.days))
    page = max((made.body for made in answers.made.values()), key=len)
    yield Row(f"a listing page of {len(page) // 1000} kB, read", "page", timed(lambda: listing.read(page)))
    yield from _files(data)


def _synced(here: World, answers: Answers) -> None:
    with here.open() as work:
        run = sync.sync(work, ListingClient(answers, here.server.url, "cs.CV"))
    if run.error is not None or any(day.error for day in run.days):
        raise RuntimeError(f"the sync to be measured failed: {run}")


def _checks(here: World) -> Iterator[Row]:
    with here.open() as work:
        files = len(work.store.mailings())
        for what, scope in (("check --full", Scope(full=True)), ("check, nothing touched since", Scope())):
            yield Row(what, "file", timed(lambda scope=scope: check(work, scope), rounds=3) / files)  # type: ignore[misc]


def bulk(folder: Path) -> Iterator[Row]:
    """What a paper costs in a backfill from bulk metadata, with abstracts as short as a rehearsal's and as long as real ones."""
    grown = _grown(LONG_SINCE)
    for name, history in (("short", grown), ("real", lengthened(grown, Random(2)))):
        with world(folder / name / "first", noon(UNTIL), history) as first:
            answers = Answers(first)
            list(_filled(first, answers))
        with world(folder / name / "second", noon(UNTIL), history) as second:
            answers.move(second)
            yield from _filled(second, answers)


def _filled(here: World, answers: Answers) -> Iterator[Row]:
    means = UpstreamAccess(answers, ListingClient(answers, here.server.url, "cs.CV"), RunControl())
    order = BackfillRequest(LONG_SINCE, UNTIL, "oai", announced=False)
    before = _count_written()
    with here.open() as work:
        harvested = processed(lambda: harvest(work, answers, DateRange(LONG_SINCE, UNTIL), means.control))
        written = processed(lambda: backfill(work, means, order))
        lengths = [len(entry.abstract) for digest in work.store.digests() for entry in digest.entries]
    what = f"bulk metadata, {sum(lengths) // len(lengths)} letters an abstract:"
    yield Row(f"{what} read, CPU", "paper", harvested[0] / len(lengths), harvested[1])
    yield Row(f"{what} written, CPU", "paper", written[0] / len(lengths), written[1])
    # When the last connection closes, SQLite writes its log into the database and removes it.
    kept = sum(path.stat().st_size for path in here.folder.rglob("*") if path.is_file())
    yield Row(f"{what} bytes handed to the disk", "byte kept", 0, ratio=(_count_written() - before) / kept)


def _count_written() -> int:
    """Return how many bytes this process has written so far, into files of any kind."""
    facts = dict(line.split(": ") for line in Path("/proc/self/io").read_text(encoding="ascii").splitlines())
    return int(facts["wchar"])


def lengthened(history: History, chance: Random) -> History:
    """The same history with abstracts of real length."""
    words = InventedWords(chance)

    def text() -> str:
        return " ".join(words.draw_abstract(words.draw_title(), WORDS)) + "."

    works = [replace(one, editions=tuple(replace(e, abstract=text()) for e in one.editions)) for one in history.works]
    return assemble(history.days, works)


def processed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of CPU that one call takes, and those of the reference before and after it."""
    before = _reference()
    start = process_time()
    work()
    taken = process_time() - start
    return taken, (before + _reference()) / 2


def _reference() -> float:
    start = process_time()
    for _ in range(100):
        json.loads(REFERENCE)
    return (process_time() - start) / 100


def _files(data: bytes) -> Iterator[Row]:
    digest = digests.parse(data).digest
    if digest is None:
        raise RuntimeError("the digest to be measured cannot be read")
    count = len(digest.entries)
    yield Row(f"a digest of {count} papers, parsed", "file", timed(lambda: digests.parse(data)))
    yield Row(f"a digest of {count} papers, rendered", "file", timed(lambda: digests.render(digest)))


def _grown(since: date) -> History:
    due = {day.day for day in mailing.days(mailing.calendar(), since, UNTIL) if day.due}
    closed = {date.fromordinal(n) for n in range(since.toordinal(), UNTIL.toordinal())}
    return grown_history(Random(1), since, UNTIL, PAPERS, closed=closed - due)


def main() -> None:
    """Measure and print the table."""
    gc.set_threshold(*COLLECTION)
    start = perf_counter()
    reference = timed(lambda: json.loads(REFERENCE), rounds=9)
    history = _grown(SINCE)
    with TemporaryDirectory(prefix="syncd-bench-") as folder:
        rows = [*starting(), *texts(history), *archive(history, Path(folder)), *bulk(Path(folder))]
    print(f"{'':<66}  {'ms':>9}  {'ratio':>8}")
    print(f"{'reference: json.loads of ' + str(len(REFERENCE)) + ' bytes':<66}  {reference * 1e3:>9.3f}  {1:>8.3f}")
    for row in rows:
        ratio = row.seconds / (row.reference or reference) if row.ratio is None else row.ratio
        print(f"{f'{row.what}, per {row.unit}':<66}  {row.seconds * 1e3:>9.3f}  {ratio:>8.3f}")
    print(f"{len(history.days)} mailings, {len(history.works):,} papers; measured in {perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
