"""Test the quick way of reading a file against the parser, which is its judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core import digest
from syncd.core.digest.form import to_bytes
from tests.support.digest_damage import DAMAGES, EDITS, SOUND, Damage
from tests.support.digests import a_digest, an_entry, digests, of_ids

if TYPE_CHECKING:
    from syncd.core.model import Digest

_SNIPPETS = st.binary(max_size=3) | st.sampled_from([b"\n", b" ", b"#", b">", b"](", b".", b"2", b"<b>", b"e\xcc\x81"])


@given(digests())
def test_a_sound_file_is_read_as_the_parser_reads_it(wanted: Digest) -> None:
    data = digest.render(wanted)
    assert digest.read(data) == digest.parse(data)
    assert digest.read(data, "cs.LG") == digest.parse(data, "cs.LG")


@given(digests(), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5), _SNIPPETS), min_size=1, max_size=3))
def test_a_changed_file_is_read_as_the_parser_reads_it(wanted: Digest, cuts: list[tuple[float, int, bytes]]) -> None:
    data = digest.render(wanted)
    for where, length, snippet in cuts:
        at = int(where * len(data))
        data = data[:at] + snippet + data[at + length :]
    assert digest.read(data) == digest.parse(data)


@given(digests(), st.integers(0, 40), _SNIPPETS)
def test_a_file_with_a_changed_heading_is_read_as_the_parser_reads_it(wanted: Digest, at: int, snippet: bytes) -> None:
    data = digest.render(wanted)
    changed = data[:at] + snippet + data[at + 1 :]
    assert digest.read(changed) == digest.parse(changed)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_as_the_parser_reads_them(data: bytes) -> None:
    assert digest.read(data) == digest.parse(data)


@pytest.mark.parametrize("damage", [*DAMAGES, *EDITS], ids=lambda damage: damage.name)
def test_a_damaged_file_is_read_as_the_parser_reads_it(damage: Damage) -> None:
    data = damage.apply(SOUND)
    assert digest.read(data) == digest.parse(data)


@pytest.mark.shared
def test_real_digests_are_read_as_the_parser_reads_them(seeds: list[bytes]) -> None:
    for seed in seeds:
        assert digest.read(seed) == digest.parse(seed)


def test_titles_that_look_like_links_or_numbers_stay_whole() -> None:
    title = "2.3D ](https://arxiv.org/pdf/2104.00001.pdf)  [ :arrow_down: ](and) more"
    wanted = a_digest(an_entry(title=title), tail=3)
    assert digest.read(to_bytes(wanted)).digest == wanted


def test_a_late_cross_list_is_a_hint() -> None:
    data = to_bytes(of_ids("2104.00002", "2104.00001", "2103.00001"))
    assert [issue.code for issue in digest.read(data).issues] == ["late-crosslist"]
