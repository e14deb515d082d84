from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from syncd.core import digest
from syncd.core.model import Digest, Entry, PaperId, Parsed, Severity
from syncd.core.reasons import severity
from tests.support.digest_damage import DAMAGES, EDITS, SOUND, Damage
from tests.support.digests import WEDNESDAY, a_digest, an_entry, digests, of_ids, read_digest


def faults(parsed: Parsed) -> list[str]:
    return [issue.code for issue in parsed.issues if severity(issue.code) is Severity.FAULT]


def codes(data: bytes) -> list[str]:
    return [issue.code for issue in digest.parse(data).issues]


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

    assert read_digest(digest.render(a_digest(entry))).entries == (entry,)


def test_where_tails_are_as_frequent_the_known_one_is_taken() -> None:
    data = digest.render(of_ids("2104.09004", "2104.09003")).replace(b"      \n", b" \n", 1)

    assert read_digest(data.replace(b"      \n", b" " * 9 + b"\n")).tail == 1


def test_a_late_crosslist_of_the_old_style_is_a_hint_and_no_fault() -> None:
    data = digest.render(of_ids("2104.09004", "2104.09001", "cs/0401001", "2104.09002"))

    assert [(issue.code, issue.line) for issue in digest.parse(data).issues] == [("late-crosslist", 6)]


def test_a_late_crosslist_of_an_older_month_is_a_hint() -> None:
    data = digest.render(of_ids("2104.09004", "2104.09001", "2104.09002", "2103.00001"))

    assert codes(data) == ["late-crosslist"]


def test_a_digest_of_another_category_is_read_and_reported() -> None:
    data = SOUND.replace(b"cs.CV", b"astro-ph.GA", 1)

    assert codes(data) == ["other-category"]
    assert read_digest(data).category == "astro-ph.GA"
    assert digest.parse(data, "astro-ph.GA").issues == ()


def test_a_category_that_is_none_is_reported_even_when_it_is_the_one_asked_for() -> None:
    assert [issue.code for issue in digest.parse(SOUND.replace(b"cs.CV", b"cs_CV", 1), "cs_CV").issues] == [
        "heading-line"
    ]


def test_what_can_be_read_of_a_damaged_file_is_kept() -> None:
    lines = SOUND.split(b"\n")
    lines[3] = b"### 2.Ruined"

    read = read_digest(b"\n".join(lines))

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
        (9, "tail-varies"),
    ]


def test_a_gap_in_the_numbers_is_reported_once() -> None:
    data = SOUND.replace(b"### 5.", b"### 7.").replace(b"### 4.", b"### 6.")

    assert codes(data) == ["number-wrong"]


def test_one_wrong_number_is_reported_once_and_not_on_the_line_after_it() -> None:
    assert codes(SOUND.replace(b"### 2.", b"### 7.")) == ["number-wrong"]


def test_what_is_cleaned_for_the_digest_holds_no_control_character() -> None:
    read = read_digest(SOUND.replace(b"Plain", b"Pl\x00in \xff\xe2\x80\xae"))

    assert not [char for char in read.entries[0].title if unicodedata.category(char) in {"Cc", "Cf", "Cs"}]


def test_the_list_of_issues_is_bounded_and_says_so_at_its_end() -> None:
    parsed = digest.parse(SOUND.replace(b"      \n", b" \n", 1) + b"stray\n" * digest.MOST_ISSUES)

    assert len(parsed.issues) == digest.MOST_ISSUES + 1
    assert parsed.issues[-1].code == "too-many"


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


@pytest.mark.shared
def test_real_digests_are_read_without_an_issue_and_written_byte_for_byte(seeds: list[bytes]) -> None:
    for seed in seeds:
        parsed = digest.parse(seed)

        assert parsed.issues == ()
        assert parsed.digest is not None
        assert digest.render(parsed.digest) == seed


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
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@pytest.mark.shared
def test_a_mutated_real_digest_is_faulty_or_written_back(seeds: list[bytes], data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(seeds))
    at, length = data.draw(st.integers(0, len(seed))), data.draw(st.integers(0, 40))

    _written_back(seed[:at] + data.draw(_SNIPPETS) + seed[at + length :])


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


# What a deviation says


def describe(data: bytes, code: str) -> tuple[int, str]:
    """Return line and message of the one issue with this code."""
    (issue,) = [issue for issue in digest.parse(data).issues if issue.code == code]
    return issue.line, issue.message


def replace_line(number: int, line: bytes) -> bytes:
    lines = SOUND.split(b"\n")
    lines[number - 1] = line
    return b"\n".join(lines)


def title_line(title: bytes, address: bytes = b"https://arxiv.org/pdf/2104.09004.pdf)") -> bytes:
    return b"### 1." + title + b"  [ :arrow_down: ](" + address


@pytest.mark.parametrize(
    ("data", "code", "line", "message"),
    [
        (b"", "empty-file", 1, "no bytes"),
        (b"", "heading-missing", 1, "no heading"),
        (SOUND.partition(b"\n")[0] + b"\n", "no-entries", 1, "no paper can be read"),
        (b"\xef\xbb\xbf" + SOUND, "byte-order-mark", 1, "begins with EF BB BF"),
        (SOUND.replace(b"\n", b"\r\n"), "crlf", 1, "11 lines with CR LF at the end"),
        (SOUND.replace(b"      \n### 4", b"      \r\n### 4"), "crlf", 7, "1 line with CR LF at the end"),
        (SOUND[:-1], "no-final-newline", 11, "the file ends within this line"),
        (replace_line(4, title_line(b"A\xff")), "not-utf-8", 4, "byte 8 of the line: invalid start byte"),
        (replace_line(4, title_line(b"A\x00")), "control-character", 4, "U+0000 at column 8"),
        (SOUND.replace(b"cs.CV", b"cs.LG", 1), "other-category", 1, "cs.LG, not cs.CV"),
        (SOUND.replace(b"cs.CV", b"c" * 60, 1), "other-category", 1, "c" * 40 + ", not cs.CV"),
        (b"x" * 60 + b"\n", "heading-missing", 1, f"no heading but '{'x' * 40}'"),
        (b"\n" + SOUND, "heading-misplaced", 2, "the heading belongs on line 1"),
        (SOUND.replace(b"Wed", b"Tue", 1), "heading-weekday", 1, "2021-04-07 is a Wed, not a Tue"),
        (SOUND + b"y" * 60 + b"\n", "stray-line", 12, f"not a line of a digest: '{'y' * 40}'"),
        (SOUND + b"  \n", "blank-line", 12, "a blank line"),
        (replace_line(2, title_line(b"A", b"z" * 80)), "id-malformed", 2, f"no arXiv id in '{'z' * 60}'"),
        (
            replace_line(2, title_line(b"A", b"https://" + b"a" * 60 + b"/2104.09004.pdf)")),
            "link-malformed",
            2,
            f"'https://{'a' * 52}', not 'https://arxiv.org/pdf/2104.09004.pdf)'",
        ),
        (
            replace_line(2, title_line(b"<" + b"a" * 60 + b">")),
            "text-not-canonical",
            2,
            f"tag not allowed: <{'a' * 39}",
        ),
    ],
)
def test_an_issue_names_its_line_and_quotes_what_is_wrong(data: bytes, code: str, line: int, message: str) -> None:
    assert describe(data, code) == (line, message)


def test_a_line_within_a_file_keeps_a_byte_order_mark_as_text() -> None:
    assert "byte-order-mark" not in codes(SOUND.replace(b"      \n### 2", b"\xef\xbb\xbf\n### 2"))
    assert held_titles(b"\xef\xbb\xbf" + SOUND) == held_titles(SOUND)


def held_titles(data: bytes) -> list[str]:
    return [entry.title for entry in read_digest(data).entries]


def test_a_second_ascent_names_both_ids() -> None:
    data = digest.render(of_ids("2104.09004", "2104.09006", "2104.09005", "2104.09007"))

    assert describe(data, "order-broken") == (8, "2104.09007 after 2104.09005: the ids ascend once more")


def test_a_heading_of_exactly_two_hundred_characters_is_still_read() -> None:
    start, end = b"# ArXiv cs.CV ", b"-Wed, 7 Apr 2021\n"
    fits = start + b" " * (201 - len(start) - len(end)) + end

    assert "heading-missing" not in codes(fits)
    assert "heading-missing" in codes(fits.replace(b"-Wed", b" -Wed"))


@pytest.mark.parametrize(("number", "read"), [("123456789", "123456789"), ("1234567890", "no number")])
def test_a_number_has_at_most_nine_digits(number: str, read: str) -> None:
    issues = digest.parse(SOUND.replace(b"### 1.", f"### {number}.".encode())).issues

    assert (issues[0].code, issues[0].message) == ("number-wrong", f"{read} where 1 is due")


@pytest.mark.parametrize("count", [digest.MOST_ISSUES - 1, digest.MOST_ISSUES, digest.MOST_ISSUES + 1])
def test_exactly_the_allowed_number_of_issues_is_listed_without_a_last_one(count: int) -> None:
    found = codes(SOUND + b"stray\n" * count)

    assert found.count("stray-line") == min(count, digest.MOST_ISSUES)
    assert ("too-many" in found) == (count > digest.MOST_ISSUES)
