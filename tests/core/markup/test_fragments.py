from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from syncd.core.markup import abstract_from_html, abstract_from_raw, find_violations, plain, title_from_html
from tests.support.todays_links import LinkHabit, print_abstract

if TYPE_CHECKING:
    from pathlib import Path

REL = 'rel="external noopener nofollow"'
EXTERNAL = f'<a class="link-external link-https" href="https://example.org/code" {REL}>this https URL</a>'

# Pieces of markup and of mischief, so that random texts get past the first "<".
PIECES = st.sampled_from(
    [
        "<a href='https://example.org/x'>", '<a href="javascript:alert(1)" onclick="x()">', "</a>", "<a ", "<a href=x>", "<br>",
        "<br/>", "<BR />", "<b>", "</b>", "<script>", "</script>", "<!--", "-->", "<![CDATA[", "]]>", "<", ">", "&", "&lt;",
        "&#0;", "&#10;", "&#x202e;", "&#xD800;", "&amp;lt;", '"', "'", "=", "/", "\n", "\r", "\x00", "\u202e", "\u2028", "\x85",
        "\ud800", "\u0338", "\u0327", "\u0301", "e", " ", "\xa0", "### 1.A  [ :arrow_down: ](https://arxiv.org/pdf/1.pdf)",
        "http://tasks.Existing", "this http URL", "data:text/html,x", "<a href='http://tasks.Existing'>this http URL</a>", "é",
        "<a href='/abs/2104.00001' data-arxiv-id='2104.00001'>", "<a data-doi='10.1234/x' href='https://doi.org/10.1234/x'>",
        "<td>", "<?php", "</", "<a href='//x.org/a b\"c<d>'>", "<span class=descriptor>", "</span>", "\U000e0041", "\ufeff",
    ]
)  # fmt: skip
HOSTILE = st.lists(PIECES | st.text(max_size=8), max_size=12).map("".join)

NAMES = st.sampled_from(
    [
        "tasks.Existing", "node.js", "config.json", "llama.cpp", "FLUX-1.dev", "e.g.The", "i.e.", "w.r.t.", "Qwen2.5-0.5B", "0.5",
        "GPT-4.1-mini", "et al.", "Fast.AI", "tasks.To", "x.org", "github.com/a_b/c-d", "www.example.com", "example.co.uk:80/x",
        "https://github.com/x/y", "http://cmp.felk.cvut.cz/epos", "https://anonymous.4open.science/r/X-1", "https://a.xyz",
        "anonymous.4open.science/r/X", "http://old.net/~me/", "https://x.org/a_(b)", "https://x.app/?q=1&r=2#top", "and/or.The",
        "https://x.org:8080/a", "http://a.xyz:8080/x", "ftp://ftp.x.org/a", "10.0.0.1/x", "http://10.0.0.1:80", "a.b.c.d.Next",
        "name@x.org", "name@mail.x.org", "name@x.dev", "name@mail.x.dev", "mailto:name@x.org", r"\url{https://x.org/a}", "word",
        r"\url{https://x.xyz/a}", r"\href{http://x.org}{here}", "doi:10.1145/1.2", "10.1023/A:1", "https://doi.org/10.1145/1.2",
        "arXiv:2101.00001", "2101.00001v2", "arXiv:math/0401001", "cond-mat.str-el/0001001", "arXiv:cond-mat.str-el/0001001",
        "math.CO/0401001", "math.CO", "cs.CV", "https://arxiv.org/abs/2101.00001", "arxiv.org/help", "https://math.stanford.edu/x",
        "münchen.de", "naïve.Next", "https://bücher.example/x", "http://bücher.example/", "例子.中国", "$x<y$", r'Schr\"odinger',
        "&amp;", "here.http://x.org", "Data:http://x.org/y", "--x.org", "https://x.org/?a=1&amp;b=2", "A&A", "U.S.",
    ]
)  # fmt: skip
WORDS = st.tuples(
    st.sampled_from(["", "", "", "(", "[", "{", '"', "'", "<", "(see ", "``", "\u2013"]),
    NAMES,
    st.sampled_from(["", "", "", ".", ",", ";", ":", "!", ")", ").", "]", "}", '"', "'s", ">", "''"]),
    st.sampled_from([" ", " ", "\n", "\n  "]),
).map("".join)
HABITS = st.builds(
    LinkHabit,
    host=st.sampled_from([r"[\w-]", "[a-z0-9-]"]),
    last_label=st.sampled_from(["[a-z][a-z-]+", "[a-z]{2,}"]),
    path_end=st.sampled_from([r"{}|\\^\[\]`", r"{}|\\^\[\]`<>\"", "<>{}"]),
    after=st.sampled_from([".,", "", ".,;:!?'"]),
    are_emails_split=st.booleans(),
)


def test_entities_are_decoded_and_only_three_escaped() -> None:
    assert (
        abstract_from_html("Student&#39;s &quot;A&amp;B&quot; &lt; 3 &gt; 2 &eacute;")
        == 'Student\'s "A&amp;B" &lt; 3 &gt; 2 é'
    )


def test_indentation_and_hard_wraps_of_a_page_are_single_blanks() -> None:
    assert title_from_html("\n          A long\n title  here\n        ") == "A long title here"


def test_a_break_has_a_blank_before_it_and_none_after() -> None:
    assert abstract_from_html("\n First.\n<br />  Second.<br>Third. ") == "First. <br>Second. <br>Third."


def test_breaks_outside_the_text_are_dropped() -> None:
    assert abstract_from_html(" <br> <br>Text.<br/> ") == "Text."


def test_a_break_in_a_title_is_a_blank() -> None:
    assert title_from_html("One<br>line") == "One line"


def test_todays_link_gets_the_canonical_order_of_attributes() -> None:
    today = f'<a href="https://example.org/code" {REL} class="link-external link-https">this https URL</a>'
    assert abstract_from_html(f"Code: {today}.") == f"Code: {EXTERNAL}."


def test_link_to_an_arxiv_id_has_no_rel() -> None:
    today = '<a href="https://arxiv.org/abs/math/0401001" data-arxiv-id="math/0401001" class="link-https">arXiv:math/0401001</a>'
    assert abstract_from_html(today) == (
        '<a class="link-https" data-arxiv-id="math/0401001" href="https://arxiv.org/abs/math/0401001">arXiv:math/0401001</a>'
    )


def test_link_to_an_arxiv_id_of_an_older_page_is_recognised_by_its_address() -> None:
    assert abstract_from_html('<a href="/abs/2101.00001v2">arXiv:2101.00001v2</a>') == (
        '<a class="link-https" data-arxiv-id="2101.00001v2" href="https://arxiv.org/abs/2101.00001v2">arXiv:2101.00001v2</a>'
    )


@pytest.mark.parametrize("address", ["https://evil.example/abs/2101.00001", "https://arxiv.org/abs/2101.00002"])
def test_an_arxiv_id_that_contradicts_its_address_is_no_id_link(address: str) -> None:
    linked = abstract_from_html(f'<a data-arxiv-id="2101.00001" href="{address}">2101.00001</a>')
    assert f'href="{address}"' in linked
    assert "data-arxiv-id" not in linked


def test_doi_link_is_spelt_from_its_doi() -> None:
    today = (
        '<a href="https://doi.org/10.1023/A%3A1" data-doi="10.1023/A:1" class="link-https link-external" '
        'rel="external noopener nofollow">https://doi.org/10.1023/A%3A1</a>'
    )
    assert abstract_from_html(today) == (
        '<a class="link-https link-external" data-doi="10.1023/A:1" href="https://doi.org/10.1023/A%3A1" '
        'rel="external noopener nofollow">https://doi.org/10.1023/A%3A1</a>'
    )


def test_link_to_arxiv_itself_is_internal() -> None:
    assert abstract_from_html(
        '<a href="https://arxiv.org/help" class="link-internal link-https">https://arxiv.org/help</a>'
    ) == ('<a class="link-internal link-https" href="https://arxiv.org/help">https://arxiv.org/help</a>')


def test_ampersand_in_an_address_stays_escaped() -> None:
    assert 'href="https://example.org/?a=1&amp;b=2"' in abstract_from_html(
        '<a href="https://example.org/?a=1&amp;b=2">x</a>'
    )


@pytest.mark.parametrize(
    "typed",
    [
        "tasks.Existing", "tasks.existing", "e.g.The", "origin.DMARF", "node.js", "config.json", "llama.cpp", "FLUX-1.dev",
        "and/or.The", "tasks.Existing/methods", "anonymous.4open.science/r/X", "https://anonymous.4open.science/r/X",
        "https://tasks.Existing", "https://a.xyz:8080/?b=1#c", "math.stanford.edu/x",
    ],
)  # fmt: skip
def test_link_that_the_rule_of_2020_to_2022_did_not_make_is_undone(typed: str) -> None:
    url = typed if "://" in typed else f"http://{typed}"
    fragment = f'see <a href="{url}">this {url.partition(":")[0]} URL</a>, too'
    assert abstract_from_html(fragment) == f"see {typed}, too"


@pytest.mark.parametrize(
    ("href", "text"),
    [("http://tasks.To", "this http URL"), ("http://tasks.Existing", "our page")],
    ids=["domain", "text"],
)
def test_a_link_that_may_be_true_is_kept(href: str, text: str) -> None:
    assert f'href="{href}"' in abstract_from_html(f'<a href="{href}">{text}</a>')


def test_an_arxiv_id_that_a_page_took_for_a_host_is_an_id_link() -> None:
    today = '<a href="http://cond-mat.str-el/0001001">this http URL</a>'
    link = '<a class="link-https" data-arxiv-id="{0}" href="https://arxiv.org/abs/{0}">{1}{0}</a>'
    identifier = "cond-mat.str-el/0001001"
    assert abstract_from_html(f"See {today}.") == f"See {link.format(identifier, '')}."
    assert abstract_from_html(f"See arXiv:{today}.") == f"See {link.format(identifier, 'arXiv:')}."


def test_a_host_after_an_at_sign_is_part_of_an_email_address() -> None:
    assert abstract_from_html('to name@<a href="http://a.org">this http URL</a>') == "to name@a.org"


@pytest.mark.parametrize(
    ("fragment", "title"),
    [
        ('<a href="http://Fast.AI" class="link-external link-http">this http URL</a>: a toolbox', "Fast.AI: a toolbox"),
        ('Code at <a href="https://example.org/x?a=1&amp;b=2">this https URL</a>', "Code at https://example.org/x?a=1&amp;b=2"),
        ('Comment on <a href="/abs/2101.00001" data-arxiv-id="2101.00001">arXiv:2101.00001</a>', "Comment on arXiv:2101.00001"),
        ('On <a data-doi="10.1234/x" href="https://doi.org/10.1234/x">https://doi.org/10.1234/x</a>', "On 10.1234/x"),
    ],
    ids=["bare host", "address", "arxiv id", "doi"],
)  # fmt: skip
def test_link_in_a_title_becomes_what_the_author_wrote(fragment: str, title: str) -> None:
    assert title_from_html(fragment) == title


def test_descriptor_of_a_page_is_no_part_of_the_text() -> None:
    assert title_from_html('<span class="descriptor">Title:</span>On Things') == "On Things"
    assert abstract_from_html('\n <span class="descriptor">Abstract:</span>  We show.\n') == "We show."


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("a<script>alert(1)</script>b", "ab"),
        ("a<script>alert(1)", "a"),
        ("a<style>p{}</STYLE >b", "ab"),
        ("a<!-- no -->b<!---->c", "abc"),
        ("a<!-- never closed", "a&lt;!-- never closed"),
        ("a<![CDATA[<b>]]>c", "a&lt;b&gt;c"),
        ("<b onclick='x()'>bold</b> <img src=x onerror=alert(1)>text", "bold text"),
        ("<p>one</p><p>two</p>", "one two"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ('<a href=" java\nscript:alert(1)">click</a>', "click"),
        ('<a href="data:text/html,x">click</a>', "click"),
        ("<a>no address</a>", "no address"),
        ('<a href="https://example.org">never closed', "never closed"),
        ('<a href="https://example.org"></a>empty', "empty"),
        ("3 < 4 <5 <a", "3 &lt; 4 &lt;5 &lt;a"),
        ("a\x00b\u202ec\x1bd\ufeff", "abcd"),
        ("a\u2028b\x85c\u2029d\x0be", "a b c d e"),
        ("a\ud800b&#xD800;", "ab\ufffd"),
        ("&lt;script&gt;&amp;lt;", "&lt;script&gt;&amp;lt;"),
        ("e\x00\u0301", "é"),
        ("x<br>\u0338y", "x <br>y"),
    ],
)
def test_hostile_markup_is_text_or_nothing(fragment: str, text: str) -> None:
    assert abstract_from_html(fragment) == text


def test_foreign_attributes_are_lost() -> None:
    fragment = (
        '<a onclick="x()" style="color:red" CLASS="evil" HREF=https://example.org/code href="/x">this https URL</a>'
    )
    assert abstract_from_html(fragment) == EXTERNAL


def test_address_without_scheme_leads_to_arxiv_or_over_https() -> None:
    assert 'href="https://arxiv.org/help"' in abstract_from_html('<a href="/help">help</a>')
    assert 'href="https://example.org/code"' in abstract_from_html('<a href="//example.org/code">code</a>')


def test_a_break_in_a_link_is_a_blank() -> None:
    assert abstract_from_html('<a href="https://example.org/code">this<br>https URL</a>') == EXTERNAL


def test_nested_links_become_one_after_the_other() -> None:
    nested = abstract_from_html('<a href="https://example.org/a">one <a href="https://example.org/b">two</a> three</a>')
    assert nested == (
        'one <a class="link-external link-https" href="https://example.org/b" rel="external noopener nofollow">two</a> three'
    )


def test_link_that_runs_into_the_text_behind_it_is_cut() -> None:
    today = f'<a href="https://example.org/code&gt;,&#34;so" {REL} class="link-external link-https">this https URL</a>'
    assert abstract_from_html(f"at &lt;{today}") == f'at &lt;{EXTERNAL}&gt;,"so'


def test_quotes_and_angles_in_an_address_cannot_leave_it() -> None:
    assert abstract_from_html("""<a href='https://example.org/"><b>'>x</a>""") == (
        '<a class="link-external link-https" href="https://example.org/%22%3E%3Cb%3E" rel="external noopener nofollow">x</a>'
    )


@pytest.mark.parametrize(
    "flood", ["<a", "<!--", "<![CDATA[", "<a '", "<a =\"'", "&", "<br>", "<a>", "a.", "<script>", "\n", "<b '\"'"]
)
def test_floods_are_read_in_good_time(flood: str) -> None:
    assert find_violations(abstract_from_html(flood * 20_000), is_title=False) == ()


@given(HOSTILE)
@example("<a href='https://x.org'>a</a>\u0327\u0338")
def test_no_fragment_makes_an_abstract_unsafe(fragment: str) -> None:
    abstract = abstract_from_html(fragment)
    assert find_violations(abstract, is_title=False) == ()
    assert abstract.splitlines() in ([], [abstract])
    assert abstract == abstract.strip()


@given(HOSTILE)
def test_no_fragment_makes_a_title_unsafe(fragment: str) -> None:
    title = title_from_html(fragment)
    assert find_violations(title, is_title=True) == ()
    assert "<" not in title
    assert title.splitlines() in ([], [title])
    assert title == title.strip()


@given(st.lists(WORDS, min_size=1, max_size=8).map("".join), HABITS)
def test_a_text_has_one_spelling_whether_raw_or_from_a_page_of_today(raw: str, habit: LinkHabit) -> None:
    abstract = abstract_from_raw(raw)
    assert abstract_from_html(print_abstract(raw, habit)) == abstract
    assert abstract_from_html(abstract) == abstract


@given(HOSTILE)
@example("K\u0327.AL")
def test_canonical_text_stays_as_it_is(fragment: str) -> None:
    abstract, title = abstract_from_html(fragment), title_from_html(fragment)
    assert abstract_from_html(abstract) == abstract
    assert title_from_html(title) == title


@pytest.mark.shared
def test_texts_of_the_seeds_stay_as_they_are(seeds: list[bytes]) -> None:
    for title, abstract in _texts(seeds).values():
        assert title_from_html(title) == title
        assert abstract_from_html(abstract) == abstract


@pytest.mark.shared
@pytest.mark.parametrize(
    ("page", "papers"),
    [
        ("app-2020-04-02/list_new.html", 64),
        ("app-2020-04-02/catchup_2020-04-02.html", 64),
        ("app-2021-04-07/list_new.html", 95),
        ("app-2021-04-07/catchup_2021-04-07.html", 95),
    ],
)
def test_listing_entries_equal_the_seeds(shared: Path, seeds: list[bytes], page: str, papers: int) -> None:
    texts = _texts(seeds)
    parser = LexborHTMLParser((shared / "samples" / page).read_text(encoding="utf-8"))
    compared = 0
    for term, description in zip(parser.css("dl > dt"), parser.css("dl > dd"), strict=True):
        link = term.css_first("a[title=Abstract]")
        title, abstract = description.css_first(".list-title"), description.css_first("p.mathjax")
        if link is None or title is None or abstract is None or link.attributes["id"] not in texts:
            continue
        made = title_from_html(title.inner_html or ""), abstract_from_html(abstract.inner_html or "")
        assert made == texts[link.attributes["id"] or ""]
        compared += 1
    assert compared == papers


@pytest.mark.shared
def test_abs_page_equals_the_seed(shared: Path, seeds: list[bytes]) -> None:
    parser = LexborHTMLParser((shared / "samples/app-2021-04-07/abs_2104.02703.html").read_text(encoding="utf-8"))
    title, abstract = parser.css_first("h1.title"), parser.css_first("blockquote.abstract")
    assert title is not None
    assert abstract is not None
    made = title_from_html(title.inner_html or ""), abstract_from_html(abstract.inner_html or "")
    assert made == _texts(seeds)["2104.02703"]


@pytest.mark.shared
def test_live_abs_pages_agree_with_the_raw_text_of_the_api(shared: Path) -> None:
    live = shared / "samples/live-2026-08"
    for name in ("1706.03762", "1207.7214", "hep-th_9711200"):
        summary = re.search(
            r"<summary[^>]*>(.*?)</summary>", (live / f"api_{name}.xml").read_text(encoding="utf-8"), re.DOTALL
        )
        blockquote = LexborHTMLParser((live / f"abs_{name}.html").read_text(encoding="utf-8")).css_first(
            "blockquote.abstract"
        )
        assert summary is not None
        assert blockquote is not None
        assert abstract_from_html(blockquote.inner_html or "") == abstract_from_raw(plain(summary[1]))


def _texts(seeds: list[bytes]) -> dict[str, tuple[str, str]]:
    texts = {}
    for seed in seeds:
        lines = seed.decode("utf-8").splitlines()[1:]
        for heading, abstract in zip(lines[::2], lines[1::2], strict=True):
            found = re.fullmatch(r"### \d+\.(.*)  \[ :arrow_down: ]\(https://arxiv\.org/pdf/(.*)\.pdf\)", heading)
            assert found is not None
            texts[found[2]] = (found[1], abstract.removeprefix(">  ").rstrip(" "))
    return texts
