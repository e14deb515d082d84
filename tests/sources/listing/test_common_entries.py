"""Entries that are read without a tree, against what a tree of the whole page says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.errors import PageError, PartialPage
from syncd.sources import listing
from syncd.sources.feed_xml import DEEPEST
from syncd.sources.listing.common_entries import replace_entries
from syncd.sources.listing.reader import read_plainly
from tests.support import listing_pages as pages
from tests.support.listing_pages import Row

LINK = '<a href="https://arxiv.org/search/cs?searchtype=author&amp;query={}">{}</a>'
PAGE = pages.new_page().decode()
SHORT = pages.new_page(content=pages.sections(pages.NEW[:2], pages.CROSS[:1], []), total=3).decode()
TAGS = """
<b> </b> <i> <a> </a> <p> </p> <div> </div> <span> </span> <dl> </dl> <dt> </dt> <dd> </dd> <h3> <li> <br> <br/> <table> <tr>
<td> </table> <select> </select> <option> <template> <svg> <object> <button> <form> <nobr> <title> <style> <script> </script>
<textarea> </textarea> <plaintext> <noscript> </body> <!-- --> <![CDATA[ ]]> <p><b> <div/id='dlpage'>
"""
TEXTS = """
&#1; &#39; &#34; &quot; &nbsp; &copy &lt; &amp;lt; < > " ' ; : ( ) , $x$ \\'e {{ }} https://a.example.com/b 2101.00001 10.1234/abc
(replaced) (cross-list query= \x01 \u0338 \u0301 \ufeff \u202e
"""
OTHERS = (
    "\xa0",
    "\r",
    "\n",
    "\f",
    "\x1f",
    " and ",
    " et al",
    "for the ",
    " class='x'",
    " id='dlpage'",
    " href='/abs/2104.02001'",
)
STAND_INS = (
    '<div title="',
    "<div title='",
    '<a \x01="">',
    '0<a \x01=""></a>',
    '<dt>0<a \x01=""></a></dt><dd>0<a \x01=""></a></dd>',
)
PIECES = (*TAGS.split(), *TEXTS.split(), *OTHERS, *STAND_INS)


def compare(text: str) -> None:
    """Check that a page reads as a tree of the whole page does."""
    try:
        plain = read_plainly(text)
    except PageError as error:
        with pytest.raises(type(error), match=f"^{re.escape(str(error))}$"):
            listing.read(text.encode())
    else:
        assert listing.read(text.encode()) == plain


def test_entries_of_today_are_read_without_a_tree() -> None:
    found = replace_entries(PAGE)
    assert [len(run) for run in found.runs] == [3, 2, 2]
    assert "arXiv:" not in found.text
    assert listing.read(PAGE.encode()) == read_plainly(PAGE)


@given(
    st.lists(st.tuples(st.integers(0, len(SHORT)), st.integers(0, 9), st.sampled_from(PIECES)), min_size=1, max_size=4)
)
def test_a_page_that_was_changed_reads_as_a_tree_of_it(changes: list[tuple[int, int, str]]) -> None:
    text = SHORT
    for at, dropped, piece in changes:
        text = text[:at] + piece + text[at + dropped :]
    if text.endswith("</html>"):
        compare(text)


PLACES = (
    "<dl",
    "<h3>New",
    "<dt>",
    "[<a href=",
    "</dt>",
    "<div class='meta'>",
    "A Study",
    "A. Author",
    "</a></div>",
    "arXiv:2101.00001",
    "(cs.CV)</span>",
    "We study",
    "</p>",
    "</dd>",
    "</dl>",
)


@pytest.mark.parametrize("place", PLACES)
def test_a_page_with_any_piece_in_any_place_reads_as_a_tree_of_it(place: str) -> None:
    begin, end = SHORT.split(place, 1)
    for piece in PIECES:
        compare(f"{begin}{piece}{place}{end}")


NAMES = r"""
Wei Wang|Wang|Jörn Mühlbach|Maeve O&#39;Riordan|Alexandra and Son|Anderson Land|Fred Bloggs Jr.|Jr.|III|et al|A. B et al.
for the Lamp Collaboration|for the for the X|Lamp Collaboration|A for the X Team|this https URL|this Lamp|POND: A. One|A &amp; B
Wei (Vivian) Wang|A, B|\'E. Name|{{A}}|E&#769;va|Eva&nbsp;B|  Eva  |&quot;Ed&quot; B|x>y|-|7
"""
KEYS = (
    "Wang,+W",
    "Wang%2C+W",
    "Bloggs,+F",
    "Sivan",
    "M%C3%BChlbach,+J",
    "O%27Riordan,+M",
    "O&#39;Riordan,+M",
    "X,+query=Y,+Z",
    "",
)
BETWEEN = (
    ", ",
    " and ",
    ", and ",
    ": ",
    " (1), ",
    " (1,2) and ",
    ",",
    " ",
    " (Pond), ",
    " (X) and (Y) ",
    "&amp;",
    "; ",
    "\n",
)
AFTER = (
    "",
    " (1)",
    " (1) ((1) Pond, Harbour, (2) Shade)",
    " ((1) A (b) c)",
    " et al.",
    ", Jr.",
    " (never closed",
    " (\\'e)",
    " (2 not shown)",
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(KEYS),
            st.sampled_from([*re.split(r"[|\n]", NAMES), "E\u0301va", "\xa0this https URL", "N" * 400]),
            st.sampled_from(BETWEEN),
        ),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(AFTER),
)
def test_authors_one_by_one_are_those_of_the_whole_line(names: list[tuple[str, str, str]], after: str) -> None:
    pieces = [(LINK.format(key, name), between) for key, name, between in names]
    line = "".join(link + between for link, between in pieces[:-1]) + pieces[-1][0] + after
    compare(SHORT.replace(LINK.format("Author,+A", "A. Author"), line, 1))


@pytest.mark.parametrize("name", ["\xa0this https URL", "for the Lamp Collaboration", "Wei Wang", "Jr.", "E\u0301va"])
def test_an_author_beside_another_reads_as_in_the_whole_line(name: str) -> None:
    for other in ("Wei Wang", "Lamp Collaboration", "Wang"):
        line = (
            f"{LINK.format('Wang,+W', other)}, {LINK.format('X,+W', name)} and {LINK.format('Wei+Wang,+W', 'Wei Wang')}"
        )
        compare(SHORT.replace(LINK.format("Author,+A", "A. Author"), line, 1))


@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("between", BETWEEN)
def test_what_stands_between_authors_and_after_them_says_the_same(between: str, after: str) -> None:
    line = between.join(LINK.format(f"{name},+A", f"A. {name}") for name in ("Reed", "Sanders", "Moss")) + after
    compare(SHORT.replace(LINK.format("Author,+A", "A. Author"), line, 1))


@pytest.mark.parametrize(
    "around",
    [
        "<!-- {} -->",
        "<textarea>{}</textarea>",
        "<p><b>{}",
        "<svg>{}",
        "<table>{}</table>",
        "<table><tr><td>{}</table>",
        "<a href='x'><p>{}",
        "{}" + '<dt>0<a \x01=""></a></dt><dd>0<a \x01=""></a></dd>',
        "{}<dt>0&lt;a &#1;=&quot;&quot;&gt;&lt;/a&gt;</dt><dd>0</dd>",
        "<div>" * (DEEPEST - 2) + "{}" + "</div>" * (DEEPEST - 2),
    ],
)
def test_entries_inside_anything_else_read_as_a_tree_of_them(around: str) -> None:
    begin, end = PAGE.index("<dl"), PAGE.rindex("</dl>") + len("</dl>")
    compare(PAGE[:begin] + around.replace("{}", PAGE[begin:end]) + PAGE[end:])


def test_of_two_attributes_with_one_name_only_the_first_counts() -> None:
    assert "?searchtype=author" in PAGE
    compare(PAGE.replace("?searchtype=author", '?a" href="/search/cs?searchtype=author'))


def test_an_entry_of_another_form_is_read_beside_those_of_today() -> None:
    body = pages.new_page(
        content=pages.sections([Row("2104.02001"), Row("2104.02002", title="Of <i>x</i>")], [], []), total=2
    )
    assert [len(run) for run in replace_entries(body.decode()).runs] == [1]
    assert [paper.title for paper in listing.read(body).blocks[0].papers] == ["A Study Numbered 2104.02001", "Of x"]


def test_an_entry_of_today_that_cannot_be_believed_is_refused_by_its_name() -> None:
    with pytest.raises(PartialPage, match=r"1 of 7 entries cannot be read: \[1\] arXiv:2104.0200x"):
        listing.read(PAGE.replace("2104.02001", "2104.0200x").encode())
