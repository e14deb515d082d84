from __future__ import annotations

import hashlib
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.archive.sql.accepted import Acceptance
from syncd.archive.sql.database import open_database
from syncd.archive.sql.identity import Counts, Identity
from syncd.archive.sql.papers import Current, Harvest, VersionText
from syncd.archive.sql.replicas import Agreement
from syncd.archive.sql.store import Store
from syncd.archive.sql.tables import AcceptedRow
from syncd.core.digest import add_certain_sections, parse, render
from syncd.core.errors import ArchiveMissing, DatabaseError
from syncd.core.model import (
    Certainty,
    Change,
    Digest,
    Entry,
    FileStat,
    Finding,
    Mailing,
    Paper,
    PaperId,
    Record,
    Section,
    State,
    Version,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from syncd.archive.sql.mailings import MailingRecord

pytest_plugins = ("tests.support.postgres_server",)
TUESDAY, WEDNESDAY, THURSDAY = date(2021, 4, 6), date(2021, 4, 7), date(2021, 4, 8)
NOW = datetime(2021, 4, 7, 0, 30, tzinfo=UTC)
IDENTITY = Identity("11111111-2222-3333-4444-555555555555", "cs.CV", NOW)
STAT = FileStat(120_000, 1_617_755_400_123_456_789, 1_617_755_400_223_456_789, 2**63 + 5)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def entry(paper: str, section: Section | None = Section.NEW, **changes: object) -> Entry:
    one = Entry(PaperId(paper), f"Title of {paper}", f"Abstract of {paper}.", section, 1, Certainty.LISTED)
    return replace(one, **changes)  # type: ignore[arg-type]


def account(day: date, *entries: Entry, state: State = State.COMPLETE, tail: int = 6) -> MailingRecord:
    new = sum(one.section is Section.NEW for one in entries)
    cross = sum(one.section is Section.CROSS for one in entries)
    counts = (new, cross) if new + cross == len(entries) else (None, None)
    digest = Digest(day, "cs.CV", entries, tail)
    mailing = Mailing(
        day=day,
        state=state,
        source="new",
        evidence="heading seen",
        response=sha("page"),
        sha256=sha(repr(digest)),
        tail=tail,
        papers=len(entries),
        new=counts[0],
        cross=counts[1],
        recorded=NOW,
    )
    return mailing, digest


def two_papers(day: date, block: int) -> MailingRecord:
    return account(day, entry(f"2104.{block:03}02"), entry(f"2104.{block:03}01"), entry("2103.09999", Section.CROSS))


def finding(day: date, state: State = State.FAILED, **changes: object) -> Finding:
    one = Finding(day, state, "new", "the page says so", sha("page"), "partial", NOW)
    return replace(one, **changes)  # type: ignore[arg-type]


def current(paper: str, versions: int = 1, **changes: object) -> Current:
    made = tuple(Version(number, NOW + timedelta(days=number)) for number in range(1, versions + 1))
    record = Record(PaperId(paper), f"Raw {paper}", "  Raw\nabstract", ("cs.CV", "cs.LG"), made, date(2021, 4, 10))
    one = Current(record, f"Title of {paper}", "Abstract.", "oai", NOW)
    return replace(one, **changes)  # type: ignore[arg-type]


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(open_database(url, create=True)) as database:
        store = Store(database, "replica-a")
        store.create_identity(IDENTITY)
        store.put_replica("host", "/srv/archive", NOW)
        yield store


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """The SQL sent inside the block; one executed for many rows counts once."""
    sent: list[str] = []

    def note(*facts: object) -> None:
        sent.append(" ".join(str(facts[2]).split()[:3]))

    engine = store.database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def without_begin(sent: Sequence[str]) -> list[str]:
    return [one for one in sent if not one.startswith("BEGIN")]


# The archive itself


def test_an_archive_is_what_it_was_said_to_be(url: str) -> None:
    with closing(open_database(url, create=True)) as database:
        store = Store(database, "replica-a")
        assert store.identity() is None
        store.create_identity(IDENTITY)
        assert store.identity() == IDENTITY
        assert Store(database, "replica-b").identity() == IDENTITY


def test_an_archive_is_named_once(store: Store) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        store.create_identity(replace(IDENTITY, uuid="another"))
    assert Store(store.database, "r").identity() == IDENTITY


def test_digests_of_a_database_without_archive_are_refused(url: str) -> None:
    with closing(open_database(url, create=True)) as database:
        with pytest.raises(ArchiveMissing):
            Store(database, "replica-a").digest(WEDNESDAY)
        assert Store(database, "replica-a").counts() == Counts(0, 0, 0, 0, 0)


def test_counts_tell_what_is_held(store: Store) -> None:
    store.put_mailing(*two_papers(WEDNESDAY, 1))
    store.put_finding(finding(THURSDAY))
    store.put_records([current("2104.00102", versions=2)])
    with statements(store) as sent:
        assert store.counts() == Counts(mailings=1, entries=3, findings=1, papers=1, versions=2)
    assert len(without_begin(sent)) == 1


# Mailings


def test_a_mailing_comes_back_as_it_was_put(store: Store) -> None:
    mailing, digest = two_papers(WEDNESDAY, 1)
    store.put_mailing(mailing, digest)
    assert store.mailing(WEDNESDAY) == mailing
    assert store.digest(WEDNESDAY) == digest


def test_what_is_not_held_is_none(store: Store) -> None:
    assert store.mailing(WEDNESDAY) is None
    assert store.digest(WEDNESDAY) is None
    assert store.finding(WEDNESDAY) is None


def test_a_digest_in_a_dialect_without_certain_sections_comes_back_equal(store: Store) -> None:
    entries = [entry("2104.00102", certainty=Certainty.ADOPTED, version=None)]
    entries += [entry(f"2104.{n:05}", None, certainty=Certainty.ADOPTED, version=None) for n in range(101, 90, -1)]
    mailing, digest = account(WEDNESDAY, *entries, state=State.ADOPTED, tail=1)
    store.put_mailing(mailing, digest)
    assert (store.mailing(WEDNESDAY), store.digest(WEDNESDAY)) == (mailing, digest)
    assert mailing.new is None


def test_a_mailing_without_papers_comes_back_equal(store: Store) -> None:
    mailing, digest = account(WEDNESDAY)
    store.put_mailing(mailing, digest)
    assert (store.mailing(WEDNESDAY), store.digest(WEDNESDAY)) == (mailing, digest)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(texts, texts, st.sampled_from([None, Section.NEW, Section.CROSS]), st.sampled_from(Certainty)),
        max_size=8,
    ),
    st.integers(0, 9),
)
def test_every_digest_comes_back_to_the_letter(
    store: Store, papers: list[tuple[str, str, Section | None, Certainty]], tail: int
) -> None:
    entries = [
        Entry(PaperId(f"2104.{9999 - number:05}"), title, abstract, section, None, placed)
        for number, (title, abstract, section, placed) in enumerate(papers)
    ]
    mailing, digest = account(WEDNESDAY, *entries, tail=tail)
    store.put_mailing(mailing, digest)
    assert store.digest(WEDNESDAY) == digest
    assert store.mailing(WEDNESDAY) == mailing


@pytest.mark.shared
def test_real_digests_render_to_the_same_bytes_after_a_life_in_the_database(store: Store, seeds: list[bytes]) -> None:
    for data in seeds:
        digest = parse(data).digest
        assert digest is not None
        kept = add_certain_sections(digest)
        store.put_mailing(*account(kept.day, *kept.entries, tail=kept.tail))
        held = store.digest(kept.day)
        assert held == kept
        assert held is not None
        assert render(held) == data
    assert len(list(store.digests())) == len(seeds)


def test_a_mailing_is_replaced_whole(store: Store) -> None:
    store.put_mailing(*two_papers(WEDNESDAY, 1))
    shifted = account(WEDNESDAY, entry("2104.00103"), entry("2104.00102", title="Another title"))
    store.put_mailing(*shifted)
    assert (store.mailing(WEDNESDAY), store.digest(WEDNESDAY)) == shifted


def test_putting_a_mailing_leaves_other_days_and_agreements_alone(store: Store) -> None:
    other = two_papers(THURSDAY, 2)
    store.put_mailings([two_papers(WEDNESDAY, 1), other])
    store.record_agreement(WEDNESDAY, sha("file"), STAT, NOW)
    store.put_mailing(*account(WEDNESDAY, entry("2104.00109")))
    assert store.digest(THURSDAY) == other[1]
    assert store.list_agreed_hashes() == {WEDNESDAY: sha("file")}


def test_a_mailing_is_replaced_in_one_transaction(store: Store) -> None:
    held = two_papers(WEDNESDAY, 1)
    store.put_mailing(*held)
    twice = account(WEDNESDAY, entry("2104.00103"), entry("2104.00103"))
    with pytest.raises(sa.exc.IntegrityError):
        store.put_mailing(*twice)
    assert (store.mailing(WEDNESDAY), store.digest(WEDNESDAY)) == held
    assert len(store.history(WEDNESDAY)) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda mailing, digest: (replace(mailing, day=THURSDAY), digest),
        lambda mailing, digest: (replace(mailing, tail=1), digest),
        lambda mailing, digest: (replace(mailing, papers=4, new=None), digest),
        lambda mailing, digest: (mailing, replace(digest, category="cs.LG")),
    ],
    ids=["day", "tail", "papers", "category"],
)
def test_a_record_that_does_not_fit_its_digest_is_a_mistake(
    store: Store, spoil: Callable[[Mailing, Digest], MailingRecord]
) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        store.put_mailing(*spoil(*two_papers(WEDNESDAY, 1)))
    assert store.counts().mailings == 0


def test_ranges_are_inclusive_and_ascending(store: Store) -> None:
    accounts = [two_papers(day, number) for number, day in enumerate((THURSDAY, TUESDAY, WEDNESDAY))]
    store.put_mailings(accounts)
    assert list(store.mailings()) == [TUESDAY, WEDNESDAY, THURSDAY]
    assert list(store.mailings(WEDNESDAY, THURSDAY)) == [WEDNESDAY, THURSDAY]
    assert [digest.day for digest in store.digests(TUESDAY, WEDNESDAY)] == [TUESDAY, WEDNESDAY]


def many(count: int) -> list[MailingRecord]:
    return [two_papers(TUESDAY + timedelta(days=number), number) for number in range(count)]


def test_many_mailings_take_six_statements_a_page(store: Store) -> None:
    accounts = many(60)
    with statements(store) as sent:
        store.put_mailings(iter(accounts))
    assert (
        without_begin(sent)[1:]
        == [
            "INSERT INTO mailing",
            "DELETE FROM entry",
            "INSERT INTO entry",
            "DELETE FROM search",
            "INSERT INTO search",
            "INSERT INTO history",
        ]
        * 2
    )
    assert list(store.digests()) == [digest for _, digest in accounts]


def test_reading_many_digests_takes_a_statement_a_page(store: Store) -> None:
    store.put_mailings(many(120))
    with statements(store) as sent:
        assert sum(1 for _ in store.digests()) == 120
    assert len(without_begin(sent)) == 2 + 3


def test_digests_may_be_written_while_they_are_read(store: Store) -> None:
    store.put_mailings(many(120))
    for number, digest in enumerate(store.digests()):
        if number % 40 == 0:
            store.put_mailing(*two_papers(digest.day, 900))
    assert store.counts().mailings == 120


def test_reading_digests_holds_a_page_of_them_and_no_connection(store: Store) -> None:
    store.put_mailings(many(120))
    digests = store.digests()
    assert len(list(islice(digests, 10))) == 10
    pool = store.database.engine.pool
    assert isinstance(pool, sa.pool.QueuePool)
    assert pool.checkedout() == 0


# What the guards ask


def test_a_papers_days_come_oldest_first(store: Store) -> None:
    store.put_mailings([two_papers(THURSDAY, 2), two_papers(WEDNESDAY, 1)])
    found = store.list_appearances(PaperId("2103.09999"))
    assert [(one.day, one.number, one.section) for one in found] == [
        (WEDNESDAY, 3, Section.CROSS),
        (THURSDAY, 3, Section.CROSS),
    ]
    assert store.list_appearances(PaperId("2103.00001")) == ()


def test_only_what_was_new_on_another_day_was_announced_elsewhere(store: Store) -> None:
    store.put_mailings([two_papers(WEDNESDAY, 1), two_papers(THURSDAY, 2)])
    ids = [PaperId(one) for one in ("2104.00101", "2104.00201", "2103.09999", "2104.77777")]
    assert store.find_other_days(ids, WEDNESDAY) == {"2104.00201": [THURSDAY]}
    assert store.find_other_days([], WEDNESDAY) == {}


def test_the_surroundings_of_a_day_are_its_neighbours_blocks(store: Store) -> None:
    store.put_mailings([two_papers(TUESDAY, 1), two_papers(WEDNESDAY, 2), two_papers(THURSDAY, 3)])
    with statements(store) as sent:
        around = store.surroundings(WEDNESDAY, [PaperId("2104.00101"), PaperId("2104.00202")])
    assert (around.held, around.before, around.after) == (3, "2104.00102", "2104.00301")
    assert around.elsewhere == {"2104.00101": TUESDAY}
    assert list(around.sizes) == [3]
    assert len(without_begin(sent)) == 5


def test_a_day_without_neighbours_has_no_surroundings(store: Store) -> None:
    around = store.surroundings(WEDNESDAY, [])
    assert (around.held, around.before, around.after, dict(around.elsewhere or {}), tuple(around.sizes)) == (
        None,
        None,
        None,
        {},
        (),
    )


def test_a_neighbour_without_certain_sections_bounds_nothing(store: Store) -> None:
    store.put_mailing(*account(TUESDAY, entry("2104.00102", None), entry("2104.00101", None)))
    assert store.surroundings(WEDNESDAY, []).before is None
    assert list(store.surroundings(WEDNESDAY, []).sizes) == [2]


# Findings and history


def test_a_finding_is_put_replaced_and_dropped(store: Store) -> None:
    store.put_finding(finding(WEDNESDAY), finding(THURSDAY, State.NO_MAILING, response=None, error=None))
    store.put_finding(finding(WEDNESDAY, State.PARTIAL))
    assert store.findings() == {
        WEDNESDAY: finding(WEDNESDAY, State.PARTIAL),
        THURSDAY: finding(THURSDAY, State.NO_MAILING, response=None, error=None),
    }
    store.drop_finding(WEDNESDAY)
    assert store.finding(WEDNESDAY) is None
    assert store.finding(THURSDAY) is not None


def test_a_finding_stands_beside_a_mailing(store: Store) -> None:
    held = two_papers(WEDNESDAY, 1)
    store.put_mailing(*held)
    store.put_finding(finding(WEDNESDAY, State.CONFLICT))
    assert store.mailing(WEDNESDAY) == held[0]
    assert store.finding(WEDNESDAY) == finding(WEDNESDAY, State.CONFLICT)


def test_history_keeps_what_was_replaced_and_dropped(store: Store) -> None:
    mailing, digest = two_papers(WEDNESDAY, 1)
    later = replace(mailing, state=State.COMPLETE, source="catchup", recorded=NOW + timedelta(hours=2))
    store.put_finding(finding(WEDNESDAY, recorded=NOW - timedelta(hours=1)))
    store.put_mailing(replace(mailing, state=State.ADOPTED), digest)
    store.drop_finding(WEDNESDAY)
    store.put_mailing(later, digest)
    assert [(one.state, one.source, one.sha256, one.papers) for one in store.history(WEDNESDAY)] == [
        (State.FAILED, "new", None, None),
        (State.ADOPTED, "new", mailing.sha256, 3),
        (State.COMPLETE, "catchup", mailing.sha256, 3),
    ]


def test_history_does_not_grow_when_the_same_is_found_again(store: Store) -> None:
    store.put_mailing(*two_papers(WEDNESDAY, 1))
    store.put_mailing(*two_papers(WEDNESDAY, 1))
    for minutes in range(0, 90, 15):
        store.put_finding(finding(THURSDAY, State.PENDING, recorded=NOW + timedelta(minutes=minutes)))
    assert len(store.history(WEDNESDAY)) == 1
    assert len(store.history(THURSDAY)) == 1
    assert store.findings()[THURSDAY].recorded == NOW + timedelta(minutes=75)


def test_an_accepted_difference_is_known_again_whatever_words_describe_it(store: Store) -> None:
    change = Change(WEDNESDAY, "title-changed", PaperId("2104.00101"), "title", "ours", "theirs")
    store.accept(Acceptance(change, "typo upstream", NOW), Acceptance(Change(THURSDAY, "order-only"), "", NOW))
    store.accept(Acceptance(replace(change, detail="more words"), "typo, confirmed", NOW))
    known = store.list_accepted(WEDNESDAY, WEDNESDAY)
    assert [one.note for one in known.values()] == ["typo, confirmed"]
    assert change in known
    with store.database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(AcceptedRow)) == 2
    assert replace(change, theirs="theirs, again changed") not in known


# Files


def test_an_agreement_belongs_to_its_folder(store: Store) -> None:
    other = Store(store.database, "replica-b")
    other.put_replica("host", "/srv/other", NOW)
    store.record_agreement(WEDNESDAY, sha("a"), STAT, NOW)
    other.record_agreements([Agreement(WEDNESDAY, sha("b"), STAT, NOW), Agreement(THURSDAY, sha("c"), STAT, NOW)])
    assert store.list_agreed_hashes() == {WEDNESDAY: sha("a")}
    assert other.list_agreed_hashes(THURSDAY, THURSDAY) == {THURSDAY: sha("c")}
    assert store.list_file_stats() == {WEDNESDAY: (STAT, NOW)}


def test_settling_again_replaces_the_agreement(store: Store) -> None:
    store.record_agreement(WEDNESDAY, sha("a"), STAT, NOW)
    newer = replace(STAT, size=1, inode=7)
    store.record_agreement(WEDNESDAY, sha("b"), newer, NOW + timedelta(days=1))
    assert store.list_agreed_hashes() == {WEDNESDAY: sha("b")}
    assert store.list_file_stats() == {WEDNESDAY: (newer, NOW + timedelta(days=1))}


def test_a_folder_that_was_never_registered_has_no_agreement(store: Store) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        Store(store.database, "nobody").record_agreement(WEDNESDAY, sha("a"), STAT, NOW)


# Papers


def test_a_paper_comes_back_with_its_versions(store: Store) -> None:
    store.put_records([current("2104.00102", versions=2), current("cs/0401001")])
    assert store.paper(PaperId("2104.00102")) == current("2104.00102", versions=2)
    assert store.paper(PaperId("cs/0401001")) == current("cs/0401001")
    assert store.paper(PaperId("2104.00103")) is None
    assert store.versions(PaperId("2104.00102")) == current("2104.00102", versions=2).record.versions


def test_a_newer_record_replaces_an_older_one_but_never_the_reverse(store: Store) -> None:
    first, second = current("2104.00102"), current("2104.00102", versions=2, title="Second title")
    store.put_records([first])
    store.put_records([second])
    store.put_records([first])
    undated = replace(second, record=replace(second.record, datestamp=None), title="Of no known day")
    store.put_records([undated])
    assert store.paper(PaperId("2104.00102")) == second


def test_a_withdrawal_is_not_unsaid_by_a_source_that_does_not_tell(store: Store) -> None:
    silent = current("2104.00102", versions=2)
    first, second = silent.record.versions
    said = replace(silent, record=replace(silent.record, versions=(first, replace(second, withdrawn=True))))
    store.put_records([said])
    corrected = replace(second, created=second.created + timedelta(seconds=1))
    store.put_records([replace(silent, record=replace(silent.record, versions=(first, corrected)))])
    store.put_versions([VersionText(silent.record.id, corrected, "Second title", "Withdrawn.")])
    assert store.versions(PaperId("2104.00102")) == (first, replace(corrected, withdrawn=True))
    assert store.list_withdrawn_ids() == ["2104.00102"]


def test_texts_of_versions_outlive_later_records(store: Store) -> None:
    paper = PaperId("2104.00102")
    first = current(paper).record.versions[0]
    store.put_versions([VersionText(paper, first, "First title", "First abstract.")])
    store.put_records([current(paper, versions=2)])
    assert store.get_version_texts([paper, PaperId("2104.00103")]) == {
        paper: Paper(paper, "First title", "First abstract.", 1)
    }
    assert store.get_version_texts([paper], 2) == {}


def test_raw_text_that_no_database_can_hold_is_kept_as_far_as_it_can_be(store: Store) -> None:
    broken = current("2104.00102")
    broken = replace(broken, record=replace(broken.record, title="a\0b", abstract="é \ud800"))
    store.put_records([broken])
    held = store.paper(PaperId("2104.00102"))
    assert held is not None
    assert (held.record.title, held.record.abstract) == ("a\ufffdb", "é ?")


def test_a_harvest_commits_with_its_records_or_not_at_all(store: Store) -> None:
    progress = Harvest("oai:cs:cs:CV", TUESDAY, None, "token-2", TUESDAY, 1, 2, NOW, done=False)

    def interrupted() -> Iterator[Current]:
        yield current("2104.00103")
        raise KeyboardInterrupt

    store.put_records([current("2104.00101"), current("2104.00102")], progress)
    with pytest.raises(KeyboardInterrupt):
        store.put_records(interrupted(), replace(progress, token="token-3", pages=2))
    assert store.harvest("oai:cs:cs:CV") == progress
    assert store.harvest("oai:math") is None
    assert [one.record.id for one in store.papers()] == ["2104.00101", "2104.00102"]


def test_papers_are_read_a_page_at_a_time_in_the_order_of_their_ids(store: Store) -> None:
    ids = [f"2104.{number:05}" for number in range(1, 2101)]
    store.put_records(current(one, versions=2) for one in [*reversed(ids), "cs/0401001"])
    with statements(store) as sent:
        read = list(store.papers())
    assert [one.record.id for one in read] == [*ids, "cs/0401001"]
    assert all(len(one.record.versions) == 2 for one in read)
    assert len(without_begin(sent)) == 2 * 3 + 1


def test_trouble_of_the_database_is_told_as_such(store: Store) -> None:
    with store.database.write() as connection:
        connection.execute(sa.text("DROP TABLE finding"))
    with pytest.raises(DatabaseError, match="finding"):
        store.findings()
