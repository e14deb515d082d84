from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from syncd.core import digest
from syncd.core.markup import find_violations
from syncd.core.model import Certainty, Digest, Entry, Listing, Paper, PaperId, Parsed, Section, Severity
from syncd.core.reasons import severity
from tests.support.digest_damage import DAMAGES, EDITS, SOUND, Damage

WEDNESDAY = date(2021, 4, 7)


def faults(parsed: Parsed) -> list[str]:
    return [issue.code for issue in parsed.issues if severity(issue.code) is Severity.FAULT]


def codes(data: bytes) -> list[str]:
    return [issue.code for issue in digest.parse(data).issues]


def held(data: bytes) -> Digest:
    parsed = digest.parse(data)
    assert parsed.digest is not None
    return parsed.digest


def a_digest(*entries: Entry, tail: int = 6) -> Digest:
    return Digest(WEDNESDAY, "cs.CV", entries, tail)


def an_entry(paper: str = "2104.09004", title: str = "A Title", abstract: str = "An abstract.") -> Entry:
    return Entry(PaperId(paper), title, abstract)


def of_ids(*papers: str) -> Digest:
    return a_digest(*(an_entry(paper) for paper in papers))


# What a file says


def test_reads_day_category_papers_and_tail() -> None:
    parsed = digest.parse(SOUND)

    assert parsed.issues == ()
    assert parsed.digest is not None
    assert (parsed.digest.day, parsed.digest.category, parsed.digest.tail) == (WEDNESDAY, "cs.CV", 6)
    assert [entry.id[-1] for entry in parsed.digest.entries] == ["4", "3", "1", "5", "2"]
    assert parsed.digest.entries[1] == Entry(
        PaperId("2104.09003"), "3D Shapes ](and) Brackets [again]", "The second invented abstract: a &lt; b &amp; c."
    )


@pytest.mark.parametrize("tail", [0, 1, 2, 6, 17])
def test_any_constant_tail_is_a_dialect_and_kept(tail: int) -> None:
    data = re.sub(rb"(?m)^(>.*?) +$", rb"\1" + b" " * tail, SOUND)

    parsed = digest.parse(data)

    assert parsed.issues == ()
    assert parsed.digest is not None
    assert parsed.digest.tail == tail
    assert digest.render(parsed.digest) == data


def test_a_number_ends_at_the_first_dot() -> None:
    entry = an_entry(title="3.5D and 62.3D-to-2D")

    assert held(digest.render(a_digest(entry))).entries == (entry,)


def test_where_tails_are_as_frequent_the_known_one_is_believed() -> None:
    data = digest.render(of_ids("2104.09004", "2104.09003")).replace(b"      \n", b" \n", 1)

    assert held(data.replace(b"      \n", b" " * 9 + b"\n")).tail == 1


def test_a_late_crosslist_of_the_old_style_is_a_hint_and_no_fault() -> None:
    data = digest.render(of_ids("2104.09004", "2104.09001", "cs/0401001", "2104.09002"))

    assert [(issue.code, issue.line) for issue in digest.parse(data).issues] == [("late-crosslist", 6)]


def test_a_late_crosslist_of_an_older_month_is_a_hint() -> None:
    data = digest.render(of_ids("2104.09004", "2104.09001", "2104.09002", "2103.00001"))

    assert codes(data) == ["late-crosslist"]


def test_a_digest_of_another_category_is_read_and_reported() -> None:
    data = SOUND.replace(b"cs.CV", b"astro-ph.GA", 1)

    assert codes(data) == ["other-category"]
    assert held(data).category == "astro-ph.GA"
    assert digest.parse(data, "astro-ph.GA").issues == ()


def test_a_category_that_is_none_is_reported_even_when_it_is_the_one_asked_for() -> None:
    assert [issue.code for issue in digest.parse(SOUND.replace(b"cs.CV", b"cs_CV", 1), "cs_CV").issues] == [
        "heading-line"
    ]


def test_what_can_be_read_of_a_damaged_file_is_kept() -> None:
    lines = SOUND.split(b"\n")
    lines[3] = b"### 2.Ruined"

    read = held(b"\n".join(lines))

    assert [entry.id for entry in read.entries] == ["2104.09004", "2104.09001", "2104.09005", "2104.09002"]


def test_without_a_date_there_is_no_digest() -> None:
    assert digest.parse(SOUND.partition(b"\n")[2]).digest is None


def test_issues_name_the_line() -> None:
    lines = SOUND.split(b"\n")
    lines[5] = lines[5].replace(b"### 3", b"### 4")
    lines[8] = lines[8] + b" "

    parsed = digest.parse(b"\n".join(lines))

    assert [(issue.line, issue.code) for issue in parsed.issues] == [
        (6, "number-wrong"),
        (8, "number-wrong"),
        (9, "tail-varies"),
    ]


def test_a_gap_in_the_numbers_is_reported_once() -> None:
    data = SOUND.replace(b"### 5.", b"### 7.").replace(b"### 4.", b"### 6.")

    assert codes(data) == ["number-wrong"]


def test_what_is_cleaned_for_the_digest_holds_no_control_character() -> None:
    read = held(SOUND.replace(b"Plain", b"Pl\x00in \xff\xe2\x80\xae"))

    assert not [char for char in read.entries[0].title if unicodedata.category(char) in {"Cc", "Cf", "Cs"}]


def test_the_list_of_issues_is_bounded_and_says_so_at_its_end() -> None:
    parsed = digest.parse(SOUND.replace(b"      \n", b" \n", 1) + b"stray\n" * digest.MOST_ISSUES)

    assert len(parsed.issues) == digest.MOST_ISSUES + 1
    assert parsed.issues[-1].code == "too-many"


# Damage


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_a_damage_is_reported_under_a_fitting_code(damage: Damage) -> None:
    damaged = damage.apply(SOUND)
    parsed = digest.parse(damaged)

    assert damaged != SOUND
    assert faults(parsed)
    assert damage.codes & set(faults(parsed))


@pytest.mark.parametrize("damage", EDITS, ids=lambda damage: damage.name)
def test_an_edit_that_leaves_a_sound_digest_is_none_of_the_formats_business(damage: Damage) -> None:
    damaged = damage.apply(SOUND)

    assert damaged != SOUND
    assert not faults(digest.parse(damaged))


@pytest.mark.shared
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_a_damage_to_a_real_digest_is_reported(damage: Damage, seeds: list[bytes]) -> None:
    for seed in seeds:
        assert damage.codes & set(codes(damage.apply(seed)))


def test_there_is_a_damage_for_every_deviation() -> None:
    met = {code for damage in DAMAGES for code in codes(damage.apply(SOUND))}

    assert len(DAMAGES) >= 40
    assert {code for damage in DAMAGES for code in damage.codes} <= met


# The seeds


@pytest.mark.shared
def test_real_digests_are_read_without_an_issue_and_written_byte_for_byte(seeds: list[bytes]) -> None:
    for seed in seeds:
        parsed = digest.parse(seed)

        assert parsed.issues == ()
        assert parsed.digest is not None
        assert digest.render(parsed.digest) == seed


@pytest.mark.shared
def test_each_real_digest_has_one_boundary_so_its_sections_are_certain(seeds: list[bytes]) -> None:
    told = [digest.add_certain_sections(held(seed)).entries for seed in seeds]

    assert [sum(entry.section is Section.CROSS for entry in entries) for entries in told] == [20, 14, 23, 5, 21]
    assert all(entry.section is not None for entries in told for entry in entries)


# Writing


def test_the_heading_is_english_and_has_no_leading_zero() -> None:
    assert digest.heading(WEDNESDAY, "cs.CV") == "# ArXiv cs.CV --Wed, 7 Apr 2021"
    assert digest.heading(date(2020, 12, 24), "cs.LG") == "# ArXiv cs.LG --Thu, 24 Dec 2020"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " x",
        "x ",
        "a\nb",
        "a\rb",
        "a\tb",
        "a\0b",
        "a\x1bb",
        "a\x7fb",
        "a\x85b",
        "a\u2028b",
        "a\u2029b",
        "a\u202eb",
        "a\u2067b",
        "a\ud800b",
        "cafe\u0301",
        "<script>",
        '<a href="javascript:x()">x</a>',
        "a\n### 2.Forged  [ :arrow_down: ](https://arxiv.org/pdf/2104.09003.pdf)",
    ],
)
def test_a_text_that_could_break_or_smuggle_is_never_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"2104\.09004"):
        digest.render(a_digest(an_entry(title=text)))
    with pytest.raises(ValueError, match=r"2104\.09004"):
        digest.render(a_digest(an_entry(abstract=text)))


@pytest.mark.parametrize("paper", ["2104.09004v1", "2104.09004)", "../2104.09004", "2104.09004\n", ""])
def test_an_id_that_is_none_is_never_written(paper: str) -> None:
    with pytest.raises(ValueError, match="not an arXiv id"):
        digest.render(of_ids(paper))


@pytest.mark.parametrize("category", ["", "cs.CV\n", "cs CV", "CS.cv --Mon"])
def test_a_category_that_is_none_is_never_written(category: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        digest.render(replace(of_ids("2104.09004"), category=category))


def test_a_negative_tail_is_never_written() -> None:
    with pytest.raises(ValueError, match="not a digest"):
        digest.render(replace(of_ids("2104.09004"), tail=-1))


def test_a_mailing_without_papers_has_no_file() -> None:
    with pytest.raises(ValueError, match="0 papers"):
        digest.render(a_digest())


def test_a_listing_becomes_new_then_cross_each_descending() -> None:
    def papers(*ids: str) -> tuple[Paper, ...]:
        return tuple(Paper(PaperId(paper), f"Title {paper}", "An abstract.", 1) for paper in ids)

    listing = Listing(WEDNESDAY, papers("2104.1", "2104.3"), papers("2104.2", "2104.4", "cs/0401001"), (), "new")

    made = digest.from_listing(listing, "cs.CV")

    assert [entry.id for entry in made.entries] == ["2104.3", "2104.1", "cs/0401001", "2104.4", "2104.2"]
    assert [entry.section for entry in made.entries] == [Section.NEW] * 2 + [Section.CROSS] * 3
    assert {(entry.certainty, entry.version) for entry in made.entries} == {(Certainty.LISTED, 1)}
    assert (made.day, made.category, made.tail) == (WEDNESDAY, "cs.CV", 6)


def test_a_listing_without_abstracts_makes_no_digest() -> None:
    listing = Listing(WEDNESDAY, (Paper(PaperId("2104.09004"), "A Title", None),), (), (), "recent")

    with pytest.raises(ValueError, match="without abstracts"):
        digest.from_listing(listing, "cs.CV")


# Sections


def sections(entries: Digest) -> list[Section | None]:
    return [entry.section for entry in digest.add_certain_sections(entries).entries]


def test_one_ascent_is_the_boundary() -> None:
    assert sections(of_ids("2104.4", "2104.2", "2104.3", "2104.1")) == [Section.NEW] * 2 + [Section.CROSS] * 2


def test_an_old_style_id_ascends_after_a_new_style_one() -> None:
    assert sections(of_ids("2104.4", "cs/0401001", "2104.1")) == [Section.NEW, Section.CROSS, Section.CROSS]


@pytest.mark.parametrize("ids", [("2104.4", "2104.3", "2104.2"), ("2104.1", "2104.2", "2104.3")])
def test_without_exactly_one_ascent_only_the_first_entry_is_surely_new(ids: tuple[str, ...]) -> None:
    assert sections(of_ids(*ids)) == [Section.NEW, None, None]


def test_a_section_that_is_known_stays() -> None:
    first, second = replace(an_entry("2104.4"), section=Section.CROSS), replace(an_entry("2104.3"), section=Section.NEW)

    assert sections(a_digest(first, second)) == [Section.CROSS, Section.NEW]


def test_no_entries_have_no_sections() -> None:
    assert sections(a_digest()) == []


# Properties

_PIECES = st.sampled_from(
    [
        "](",
        "[",
        ")",
        "### 1.",
        ">  ",
        "  [ :arrow_down: ](https://arxiv.org/pdf/2104.00001.pdf)",
        "1.",
        "3D",
        "&amp;",
        "&lt;",
        "$x_1$",
        "\\alpha",
        "# ArXiv cs.CV --Wed, 7 Apr 2021",
        "é",
        "漢字",
        "\N{GRINNING FACE}",
        "\u200d",
        "{",
        "`",
        "|",
        ".",
    ]
)
_LETTERS = st.text(
    st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"), exclude_characters="<>&"), max_size=9
)


def _sound(text: str, *, is_title: bool) -> bool:
    return bool(text) and not find_violations(text, is_title=is_title)


def _texts(*, is_title: bool) -> st.SearchStrategy[str]:
    joined = st.lists(_PIECES | _LETTERS, min_size=1, max_size=6).map("".join)
    tidy = joined.map(lambda text: unicodedata.normalize("NFC", " ".join(text.split())))
    return tidy.filter(lambda text: _sound(text, is_title=is_title))


_IDS = st.builds("21{:02}.{:05}".format, st.integers(1, 4), st.integers(0, 99999)) | st.builds(
    "cs/04{:02}{:03}".format, st.integers(1, 12), st.integers(0, 999)
)


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    ids = draw(st.lists(_IDS, min_size=1, max_size=6, unique=True))
    cut = draw(st.integers(0, len(ids)))
    ordered = sorted(ids[:cut], reverse=True) + sorted(ids[cut:], reverse=True)
    entries = [Entry(PaperId(paper), draw(_texts(is_title=True)), draw(_texts(is_title=False))) for paper in ordered]
    return Digest(draw(st.dates()), "cs.CV", tuple(entries), draw(st.integers(0, 9)))


@given(digests())
def test_what_is_written_is_read_again_as_it_was(wanted: Digest) -> None:
    parsed = digest.parse(digest.render(wanted))

    assert not faults(parsed)
    assert parsed.digest == wanted


def _written_back(data: bytes) -> None:
    parsed = digest.parse(data)
    if not faults(parsed):
        assert parsed.digest is not None
        assert digest.render(parsed.digest) == data
    if parsed.digest is not None:
        "".join(entry.title + entry.abstract for entry in parsed.digest.entries).encode()


@given(st.binary(max_size=300))
@example(b"\n" * 50)
@example(b"# ArXiv cs.CV --Wed, 7 Apr 99999\n")
def test_any_bytes_are_read_without_raising(data: bytes) -> None:
    _written_back(data)


_SNIPPETS = st.binary(max_size=4) | st.sampled_from(
    [
        b"\n",
        b"\r\n",
        b" ",
        b"#",
        b">",
        b"](",
        b".",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"e\xcc\x81",
        b"<b>",
        b"v2",
        b"0",
        b"\n\n",
    ]
)


@given(digests(), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5), _SNIPPETS), min_size=1, max_size=4))
def test_a_mutated_digest_is_faulty_or_written_back_byte_for_byte(
    wanted: Digest, cuts: list[tuple[float, int, bytes]]
) -> None:
    data = digest.render(wanted)
    for where, length, snippet in cuts:
        at = int(where * len(data))
        data = data[:at] + snippet + data[at + length :]

    _written_back(data)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@pytest.mark.shared
def test_a_mutated_real_digest_is_faulty_or_written_back(seeds: list[bytes], data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(seeds))
    at, length = data.draw(st.integers(0, len(seed))), data.draw(st.integers(0, 40))

    _written_back(seed[:at] + data.draw(_SNIPPETS) + seed[at + length :])


@given(digests())
def test_telling_sections_twice_changes_nothing(wanted: Digest) -> None:
    once = digest.add_certain_sections(wanted)

    assert digest.add_certain_sections(once) == once
    assert digest.render(once) == digest.render(wanted)


# Time


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "hostile",
    [
        b" " * 1000,
        b"\n",
        b"# arxiv x ",
        b"](",
        b"### 1.",
        b">  x" + b" " * 200 + b"x",
        b'<a href="',
        b"&amp;",
        b"\xff",
        "e\u0301\u0323".encode(),
        b"\t",
    ],
)
def test_time_grows_no_faster_than_the_file(hostile: bytes) -> None:
    prefix = b"# ArXiv cs.CV --Wed, 7 Apr 2021\n### 1.A  [ :arrow_down: ](https://arxiv.org/pdf/2104.09004.pdf)\n>  "

    assert faults(digest.parse(prefix + hostile * (1_000_000 // len(hostile))))
    assert faults(digest.parse(hostile * (1_000_000 // len(hostile))))


@pytest.mark.timeout(10)
def test_a_heading_of_any_length_is_read_in_no_time() -> None:
    assert codes(b"# arxiv x " + b" " * 1_000_000) == [
        "no-final-newline",
        "heading-missing",
        "stray-line",
        "no-entries",
    ]
