"""Texts of papers: stored once, as plain text, and read back in canonical HTML byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.archive.sql import texts
from syncd.archive.sql.tables import PAPER_TEXT
from syncd.archive.sql.texts import Text
from syncd.core.markup import abstract_from_raw, to_plain_text
from syncd.core.model import PaperId
from tests.support.digests import read_digest

if TYPE_CHECKING:
    from syncd.archive.sql.store import Store

pytest_plugins = ("tests.support.postgres_server",)
ONE = PaperId("2104.00001")
LINK = (
    'See <a class="link-external link-https" href="https://github.com/a/b" rel="external noopener nofollow">this https URL</a> '
    "for R&amp;D. <br>A second paragraph."
)


def put(store: Store, *wanted: Text) -> list[int]:
    with store.database.write() as connection:
        return texts.put(connection, wanted)


def read(store: Store) -> list[tuple[object, ...]]:
    with store.database.read() as connection:
        rows = connection.execute(sa.select(PAPER_TEXT).order_by(PAPER_TEXT.c.paper_id, PAPER_TEXT.c.number))
        return [tuple(row)[:7] for row in rows]


def read_html(store: Store) -> list[Text]:
    with store.database.read() as connection:
        query = sa.select(PAPER_TEXT.c.paper_id, *texts.HTML).order_by(PAPER_TEXT.c.paper_id, PAPER_TEXT.c.number)
        return [Text(PaperId(one), title, abstract) for one, title, abstract in connection.execute(query)]


def test_a_text_is_stored_once_for_each_paper(store: Store) -> None:
    first, second = Text(ONE, "A title", "Some text."), Text(ONE, "A title", "Another text.")
    other = Text(PaperId("2104.00002"), "A title", "Some text.")
    assert put(store, first, second, first, other) == [1, 2, 1, 1]
    assert put(store, second, Text(ONE, "A third", "Some text.")) == [2, 3]
    assert len(read(store)) == 4


def test_plain_text_has_no_markup_and_the_html_is_made_from_it(store: Store) -> None:
    made = Text(ONE, "Maps of R&amp;D where a &lt; b", LINK)
    put(store, made)
    plain = "See https://github.com/a/b for R&D.\n  A second paragraph."
    assert read(store) == [(ONE, 1, "Maps of R&D where a < b", plain, None, True, None)]
    assert read_html(store) == [made]


def test_html_that_the_rules_do_not_make_is_stored_beside_the_plain_text(store: Store) -> None:
    odd = Text(ONE, "An &quot;old&quot; title", 'A <a class="link-https" href="https://a.example">strange link</a>.')
    put(store, odd)
    [(*_, title_html, has_markup, abstract_html)] = read(store)
    assert (title_html, has_markup, abstract_html) == (odd.title, True, odd.abstract)
    assert read_html(store) == [odd]


def test_every_real_text_comes_back_byte_for_byte_and_is_stored_once(store: Store, seeds: list[bytes]) -> None:
    entries = [entry for seed in seeds for entry in read_digest(seed).entries]
    wanted = sorted((Text(entry.id, entry.title, entry.abstract) for entry in entries), key=lambda one: one.paper)
    put(store, *wanted)
    assert read_html(store) == wanted
    assert [row[0] for row in read(store) if row[4] is not None or row[6] is not None] == []


PIECES = st.sampled_from(
    [
        "words ", "R&D ", "a<b ", "https://a.org/x ", "node.js ", "2101.00001 ", "\\'e ", "{{a}} ", " ", "\n  ", "\n", "\t",
        "\x00", "\u0338",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=6).map("".join), st.booleans())
@example("R&D  of words", True)
@example("R&D of words", True)
@example("Words.", True)
def test_a_row_is_sound_only_where_its_html_is_read_back_as_its_plain_text(plain: str, has_markup: bool) -> None:
    html = abstract_from_raw(plain) if has_markup else plain
    is_sound = html != plain == to_plain_text(html)
    row = ("A <title>", plain, None, has_markup, None)
    if is_sound:
        assert texts.to_sound_html(ONE, row) == ("A &lt;title&gt;", html)
    else:
        with pytest.raises(ValueError, match="is not that of its HTML"):
            texts.to_sound_html(ONE, row)
