"""A comparison in its formats: a patch that applies, sums as git gives them, Markdown and HTML that no text can break."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.digest import render
from syncd.core.model import Change, Digest, Entry, paper_id
from syncd.core.reasons import DIFFERENCES
from syncd.core.results import Comparison, DayFiles, NotCompared
from syncd.report.diff import formats, markdown, stat, unified
from syncd.report.diff.word_diff import compare_words

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 7, 1)
PAPER = paper_id("2607.00001")
PATH = f"2026/{DAY}.md"
HOSTILE = (
    "\x1b]0;owned\x07\x1b[31m </p><script>alert(1)</script> ``` ```` `` <img src=x onerror=alert(1)> "
    "\u202egnp.exe # head\n- [x](javascript:1) \x9b2J"
)


def change(
    code: str = "title-changed", ours: str | None = "one two", theirs: str | None = "one 2", n: int = 0
) -> Change:
    return Change(DAY + timedelta(n), code, PAPER, "title", ours, theirs, "why")


def digest(*titles: str) -> bytes:
    entries = (Entry(paper_id(f"2607.{9 - n:05d}"), title, f"Abstract of {title}.") for n, title in enumerate(titles))
    return render(Digest(DAY, "cs.CV", tuple(entries)))


def lines(compared: Comparison, form: str) -> list[str]:
    return list(formats.lines(compared, form, verbose=False))


# unified


def applied(folder: Path, both: DayFiles) -> bytes | None:
    """The file after `patch` has worked on it."""
    path = folder / both.path
    path.parent.mkdir(parents=True)
    if both.ours is not None:
        path.write_bytes(both.ours)
    text = "".join(f"{line}\n" for line in unified.lines([both]))
    subprocess.run(["patch", "-p1", "--quiet"], cwd=folder, input=text.encode(), check=True)
    return path.read_bytes() if path.exists() else None


needs_patch = pytest.mark.skipif(shutil.which("patch") is None, reason="needs the program `patch`")


@needs_patch
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (digest("A", "B", "C"), digest("A", "Another B", "C")),
        (digest("A", "B"), digest("New", "A", "B")),
        (digest("A", "B", "C"), digest("A")),
        (digest("A"), digest("A", "B\u00a0and Ü")),
        (None, digest("A", "B")),
        (digest("A", "B"), None),
        (digest("A").removesuffix(b"\n"), digest("A")),
        (digest("A") + b"stray", digest("A")),
    ],
)
def test_a_patch_turns_the_archives_file_into_upstreams_version(
    tmp_path: Path, ours: bytes | None, theirs: bytes | None
) -> None:
    assert applied(tmp_path, DayFiles(DAY, PATH, ours, theirs)) == theirs


@needs_patch
def test_one_patch_holds_many_dates(tmp_path: Path) -> None:
    both = [DayFiles(DAY, f"{n}.md", digest("A", f"B{n}"), digest("A", f"C{n}")) for n in range(3)]
    for one in both:
        (tmp_path / one.path).write_bytes(one.ours or b"")
    text = "".join(f"{line}\n" for line in unified.lines(both))
    subprocess.run(["patch", "-p1", "--quiet"], cwd=tmp_path, input=text.encode(), check=True)
    assert [(tmp_path / one.path).read_bytes() for one in both] == [one.theirs for one in both]


def test_equal_files_are_left_out_of_a_patch() -> None:
    assert list(unified.lines([DayFiles(DAY, PATH, digest("A"), digest("A"))])) == []


def test_a_damaged_file_cannot_control_a_terminal_through_its_patch() -> None:
    ours = digest("A").replace(b"Abstract", b"\x1b[2J\xff\xe2\x80\xaeAbstract")
    output = "\n".join(unified.lines([DayFiles(DAY, PATH, ours, digest("A"))]))
    assert output.startswith(f"# {PATH} contains characters that are shown as escapes here")
    assert "\\u001b[2J\\udcff\\u202eAbstract" in output
    assert output.replace("\n", "").isprintable()


# stat


def test_a_line_a_date_counts_as_git_does() -> None:
    changes = (change(), change("missing-local", None, "new"), change("missing-upstream", "old", None, n=1))
    assert [plain(line) for line in stat.lines(Comparison(changes, 2))] == [
        " 2026-07-01 | 2 ++-",
        " 2026-07-02 | 1 -",
        " 2 dates differ, 3 differences, 2 insertions(+), 2 deletions(-)",
    ]


def test_long_lines_are_scaled_and_a_single_difference_keeps_its_sign() -> None:
    changes = (*(change("missing-local", None, "new") for _ in range(400)), change("missing-upstream", "old", None))
    (first, _) = map(plain, stat.lines(Comparison(changes, 1)))
    assert first == f" 2026-07-01 | 401 {'+' * 49}-"


@pytest.mark.parametrize(("count", "signs"), [(50, 50), (51, 50), (100, 50)])
def test_a_line_has_at_most_fifty_signs(count: int, signs: int) -> None:
    changes = tuple(change("missing-local", None, "new") for _ in range(count))
    (first, _) = map(plain, stat.lines(Comparison(changes, 1)))
    assert first == f" 2026-07-01 | {count} {'+' * signs}"


def plain(line: str) -> str:
    return re.sub(r"\x1b\[\d*m", "", line)


# JSON lines


def test_a_difference_is_one_line_of_json_with_the_fields_of_the_contract() -> None:
    line = formats.json_line(change(ours=HOSTILE))
    assert line.isprintable()
    assert json.loads(line) == {
        "date": "2026-07-01", "id": PAPER, "code": "title-changed", "severity": "fault", "field": "title",
        "ours": HOSTILE, "theirs": "one 2", "detail": "why",
    }  # fmt: skip


# Words


@given(st.lists(st.sampled_from("abcd"), max_size=30), st.lists(st.sampled_from("abcd"), max_size=30))
def test_stretches_hold_every_word_of_both_in_order(one: list[str], other: list[str]) -> None:
    found = compare_words(" ".join(one), " ".join(other))
    assert [word for stretch in found for word in stretch.ours] == " ".join(one).split(" ")
    assert [word for stretch in found for word in stretch.theirs] == " ".join(other).split(" ")
    assert all(list(stretch.ours) == list(stretch.theirs) for stretch in found if stretch.equal)


def test_texts_of_a_book_are_not_compared_word_by_word() -> None:
    (stretch,) = compare_words("a " * 5000, "b " * 5000)
    assert not stretch.equal


# Text


def test_without_colour_the_words_that_differ_are_marked_by_signs() -> None:
    output = lines(Comparison((change(ours="one two three", theirs="one 2 3 three"),), 1), "text")
    assert "      - one [-two-] three" in [plain(line) for line in output]
    assert "      + one {+2 3+} three" in [plain(line) for line in output]


def test_accepted_differences_are_counted_and_listed_on_demand() -> None:
    compared = Comparison((), 1, accepted=(change(),))
    output = list(formats.lines(compared, "text", verbose=False))
    assert output[0] == "1 accepted difference not shown; -v lists them"
    output = list(formats.lines(compared, "text", verbose=True))
    assert output[:2] == [f"accepted: {DAY}  {PAPER}  title-changed  why", "1 accepted difference not shown"]


# Markdown


def test_markdown_has_a_section_a_date_and_a_fenced_text() -> None:
    output = list(markdown.lines(Comparison((change(),), 3, (NotCompared(DAY, "mailing", "too old"),))))
    assert output[2:9] == [
        "3 days compared, 1 difference.",
        "",
        f"## {DAY}",
        "",
        f"- [{PAPER}](https://arxiv.org/abs/{PAPER}) **title-changed**, fault (title): `why`",
        "",
        "  ```diff",
    ]
    assert "- `mailing` of 1 date: `too old`" in output


def test_no_text_ends_the_fence_it_stands_in() -> None:
    output = list(markdown.lines(Comparison((change(ours=HOSTILE),), 1)))
    fences = [line.strip() for line in output if line.startswith("  `````")]
    assert fences == ["`````diff", "`````"]
    assert all("<script>" not in line or line.startswith(("  - ", "  + ")) for line in output)


@given(st.text())
def test_a_code_span_cannot_be_left(text: str) -> None:
    span = markdown.code(text)
    ticks = re.match("`*", span)
    assert ticks
    inner = span[ticks.end() : len(span) - ticks.end()]
    assert ticks[0] not in re.findall("`+", inner)
    assert "\n" not in span


# HTML


class Reader(HTMLParser):
    """What stands in a page: its elements, its attributes, its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page(*changes: Change, skipped: tuple[NotCompared, ...] = ()) -> Reader:
    return Reader("\n".join(lines(Comparison(changes, 1, skipped), "html")))


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    found = page(change())
    assert not {"script", "img", "link", "iframe"}.intersection(found.tags)
    assert (
        "content",
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    ) in found.attributes
    links = [value for name, value in found.attributes if name in {"href", "src"}]
    assert links == [f"https://arxiv.org/abs/{PAPER}"]
    assert found.open == []


def test_words_of_one_side_are_marked_on_the_page() -> None:
    text = "\n".join(lines(Comparison((change(),), 1), "html"))
    assert "one <del>two</del> <ins>2</ins>" in text


@pytest.mark.parametrize("form", ["text", "stat", "markdown", "html"])
@pytest.mark.parametrize("sly", [HOSTILE, "\x9b31m\x00\ud800", "\u2028\u2029\u2066"])
def test_no_text_of_others_steers_a_terminal_or_becomes_markup(form: str, sly: str) -> None:
    changes = (change(ours=sly, theirs=f"{sly} more"), Change(DAY, "file-damaged", detail=sly))
    output = lines(Comparison(changes, 1, (NotCompared(DAY, "mailing", sly),)), form)
    assert all(plain(line).replace("\n", "").isprintable() for line in output)
    if form == "html":
        found = Reader("\n".join(output))
        assert not {"script", "img", "x"}.intersection(found.tags)
        assert found.open == []


@pytest.mark.parametrize("form", ["text", "stat", "unified", "markdown", "html"])
def test_every_code_can_be_shown_in_every_format(form: str) -> None:
    changes = tuple(Change(DAY, reason.code, PAPER, None, "a", "b") for reason in DIFFERENCES)
    output = "\n".join(lines(Comparison(changes, 1), form))
    if form in {"text", "markdown", "html"}:
        assert all(reason.code in output for reason in DIFFERENCES)


# The plan


def test_a_plan_names_sources_dates_and_the_cost() -> None:
    routes = (("catchup", (DAY, DAY - timedelta(1))), ("api", (DAY - timedelta(200),)))
    assert list(formats.plan_lines(routes, 5, 0.6)) == [
        "catchup   2 dates: 2026-06-30 2026-07-01",
        "api       1 date: 2025-12-13",
        "at most about 5 requests, 0.6 minutes at arXiv's rate limits; no request was sent",
    ]
    assert formats.plan_fields(routes, 5, 0.6)["days"] == [
        {"date": "2025-12-13", "source": "api"},
        {"date": "2026-06-30", "source": "catchup"},
        {"date": "2026-07-01", "source": "catchup"},
    ]
