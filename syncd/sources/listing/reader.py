"""Read the bytes of a listing page: its heading, its counts, its entries.

It accepts a page only if it understands every heading and every entry. Whether they are right is checked in `assembly` and
`membership`. No other module of this package imports selectolax.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from selectolax.lexbor import LexborHTMLParser, LexborNode

from syncd.core.errors import LayoutUnknown, PageError, PartialPage
from syncd.core.markup import abstract_from_html, plain_from_html, title_from_html
from syncd.core.model import Metadata, Paper, PaperId, paper_id
from syncd.sources.feed_xml import DEEPEST
from syncd.sources.listing.bounds import check_depth, check_entries
from syncd.sources.listing.common_entries import DEEPEST_INSIDE, StandIns, replace_entries
from syncd.sources.listing.fields import get_text, read_authors, read_categories, remove_descriptor
from syncd.sources.listing.headings import BlockHeading, PageHeading, read_block_heading, read_page_heading
from syncd.sources.listing.page import Page, PageBlock, PageEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_TOTAL = re.compile(r"\b[Tt]otal of\s+([0-9]{1,7})\s+entries\b")
# Only a sentence like this shows that a page is empty; a page without entries may also be a broken one.
_EMPTY = re.compile(r"\bNo updates (?:today|for )")
_NEXT_DAY = re.compile(r"\bContinue (?:to the next day|catchup on )")
_CONTEXT = re.compile(r"""href=["']?(?:https?://(?:[a-z]+\.)?arxiv\.org)?/(?:list|catchup)/([A-Za-z.-]+)/[0-9a-z]""")

_NUMBER = re.compile(r'<a name="item([0-9]{1,7})">\[([0-9]{1,7})\]</a>')
_ABSTRACT_LINK = re.compile(
    r'<a (?P<attributes>[^>]*\bhref="(?:https?://(?:[a-z]+\.)?arxiv\.org)?/abs/(?P<href>[^"]+)"[^>]*)>(?P<text>[^<]*)</a>'
)
_ID_ATTRIBUTE = re.compile(r'(?:^|\s)id="([^"]*)"')
_CROSS_MARK = re.compile(r"\(cross-list from ([A-Za-z.-]+)\)")
_REPLACED_MARK = "(replaced)"
_PARTS = frozenset({"list-title", "list-authors", "list-comments", "list-journal-ref", "list-subjects"})


def read(body: bytes) -> Page:
    """Return a listing page of any kind and time.

    PartialPage when it was cut (`truncated`), and when fewer entries than others cannot be read. LayoutUnknown for anything else.
    """
    text = _decode(body)
    check_entries(text)
    stand_ins = replace_entries(text)
    if stand_ins.runs:
        # What is wrong with a page is said of the page itself.
        with suppress(PageError):
            check_depth(stand_ins.text, DEEPEST - DEEPEST_INSIDE)
            return _read_text(text, stand_ins)
    return read_plainly(text)


def read_plainly(text: str) -> Page:
    """Do what `read` does for a decoded page, from a tree of all of it."""
    check_depth(text)
    return _read_text(text, StandIns(text, []))


def _read_text(text: str, stand_ins: StandIns) -> Page:
    margins = _find_margins(text)
    tree = LexborHTMLParser(stand_ins.text)
    scope = tree.css_first("#dlpage") or tree.body
    nodes = scope.css("h1, h2, h3, dt, dd") if scope is not None else []
    heading = _read_heading(nodes)
    blocks = _read_blocks(nodes, heading, stand_ins)
    if stand_ins.runs:
        stand_ins.check_taken(node.inner_html or "" for node in nodes)
    total = _read_total(margins)
    categories = set(_CONTEXT.findall(margins))
    has_entries = any(block.entries for block in blocks)
    page = Page(
        kind=heading.kind,
        day=heading.day,
        category=categories.pop() if len(categories) == 1 else None,
        blocks=blocks,
        total=total,
        links_next_day=_NEXT_DAY.search(margins) is not None,
        is_empty=not total and not has_entries and _EMPTY.search(text) is not None,
    )
    if page.first is None and not page.is_empty and not total:
        raise LayoutUnknown("no entry, no total and no sentence that says so", reason="no-entries")
    return page


def _decode(body: bytes) -> str:
    if not body.strip():
        raise PartialPage("an empty body", reason="truncated")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.end >= len(body):
            raise PartialPage("ends inside a character", reason="truncated") from None
        raise LayoutUnknown(f"not UTF-8 at byte {error.start}", reason="encoding") from None
    # In bytes this takes a hundredth of the time.
    if b"\0" in body:
        raise LayoutUnknown("holds a NUL", reason="encoding")
    if not _is_closed(text):
        raise PartialPage("does not end with </html>", reason="truncated")
    return text


def _is_closed(text: str) -> bool:
    """Return whether the document ends. A mirror may add comments after its end."""
    text = text.rstrip()
    while text.endswith("-->"):
        text = text[: max(text.rfind("<!--"), 0)].rstrip()
    return text[-7:].lower() == "</html>"


def _find_margins(text: str) -> str:
    """Return the text before the first list and after the last, where nothing written by an author can be."""
    starts = [at for at in (text.find("<dl"), text.find("<dt")) if at >= 0]
    end = max(text.rfind("</dl>"), text.rfind("</dd>"))
    return f"{text[: min(starts)]} {text[end:]}" if starts and end >= 0 else text


def _read_heading(nodes: Iterable[LexborNode]) -> PageHeading:
    """Return what the page is. Before 2024 `/new` had no heading of its own, and each section names the day."""
    texts = [_plain(node) for node in nodes if node.tag not in ("dt", "dd")]
    own = {found for text in texts if (found := read_page_heading(text)) is not None}
    if not own:
        blocks = [block for text in texts if (block := read_block_heading(text)) is not None]
        own = {PageHeading("new", block.day) for block in blocks if block.section and block.day}
    if len(own) != 1:
        raise LayoutUnknown(f"{len(own)} headings that name a listing", reason="no-heading" if not own else "headings")
    return own.pop()


def _read_blocks(nodes: Iterable[LexborNode], page: PageHeading, stand_ins: StandIns) -> tuple[PageBlock, ...]:
    blocks: list[PageBlock] = []
    bad: list[LayoutUnknown] = []
    for heading, pairs in _group_nodes(nodes, page):
        if heading is None and not pairs:
            continue
        found = heading or BlockHeading(None, None, "all", None, None)
        entries = tuple(entry for dt, dd in pairs for entry in _read_pair(dt, dd, stand_ins, bad))
        day = found.day if page.kind == "recent" else page.day
        blocks.append(PageBlock(day, found.section, found.part, found.shown, found.total, entries))
    if bad:
        _refuse_bad(bad, sum(len(block.entries) for block in blocks))
    return tuple(blocks)


def _read_pair(dt: LexborNode, dd: LexborNode, stand_ins: StandIns, bad: list[LayoutUnknown]) -> Sequence[PageEntry]:
    """Return an entry, or those that it stands for. None for one that cannot be read, which is added to `bad`."""
    identity = dt.inner_html or ""
    try:
        taken = stand_ins.take(identity, dd.inner_html or "") if stand_ins.runs else None
        return (_read_entry(identity, dd),) if taken is None else taken
    except LayoutUnknown as error:
        error.detail = f"{_plain(dt)[:40]}: {error.detail}"
        bad.append(error)
        return ()


def _refuse_bad(bad: Sequence[LayoutUnknown], others: int) -> NoReturn:
    """Raise PartialPage where most entries can be read: then the layout is known, and some entries are broken."""
    first = bad[0]
    if others > len(bad):
        detail = f"{len(bad)} of {others + len(bad)} entries cannot be read: {first.detail}"
        raise PartialPage(detail, reason=first.reason) from first
    raise first


def _group_nodes(
    nodes: Iterable[LexborNode], page: PageHeading
) -> list[tuple[BlockHeading | None, list[tuple[LexborNode, LexborNode]]]]:
    groups: list[tuple[BlockHeading | None, list[tuple[LexborNode, LexborNode]]]] = []
    if page.kind == "month":
        groups.append((None, []))
    waiting: LexborNode | None = None
    for node in nodes:
        if node.tag == "dt":
            _check_described(waiting)
            waiting = node
        elif node.tag == "dd":
            if waiting is None or not groups:
                raise LayoutUnknown("an entry without heading or id", reason="entries")
            groups[-1][1].append((waiting, node))
            waiting = None
        elif node.tag == "h3" and read_page_heading(_plain(node)) is None:
            groups.append((_check_block_heading(node, page), []))
    _check_described(waiting)
    return groups


def _check_described(waiting: LexborNode | None) -> None:
    if waiting is not None:
        raise PartialPage(f"an id without its entry: {_plain(waiting)[:60]}", reason="truncated")


def _check_block_heading(node: LexborNode, page: PageHeading) -> BlockHeading:
    text = _plain(node)
    found = read_block_heading(text)
    if found is None or page.kind == "month" or (found.section is None) != (page.kind == "recent"):
        raise LayoutUnknown(f"a heading: {text[:80]}", reason="headings")
    if found.section is not None and found.day not in (None, page.day):
        raise LayoutUnknown(f"another day than the page's: {text[:80]}", reason="headings")
    return found


def _read_entry(identity: str, dd: LexborNode) -> PageEntry:
    number, paper, cross_from, replaced = _read_identity(identity)
    return PageEntry(number, _read_description(paper, dd), cross_from, replaced)


def _read_identity(markup: str) -> tuple[int, PaperId, str | None, bool]:
    """Return number, id and marks of a `<dt>`. The id stands there up to three times and must be the same."""
    numbers = _NUMBER.findall(markup)
    links = list(_ABSTRACT_LINK.finditer(markup))
    if len(numbers) != 1 or numbers[0][0] != numbers[0][1] or len(links) != 1:
        raise LayoutUnknown(f"an entry's id: {get_text(markup)[:80]}", reason="entry-id")
    link = links[0]
    # An abstract may cite other papers, so the id is read from the entry's own heading alone, in all its spellings.
    spelt = {link["href"], link["text"].strip().removeprefix("arXiv:"), *_ID_ATTRIBUTE.findall(link["attributes"])}
    try:
        (spelling,) = spelt
        paper = paper_id(spelling)
    except ValueError:
        raise LayoutUnknown(f"an entry's id: {' '.join(sorted(spelt))[:80]}", reason="entry-id") from None
    rest = markup[link.end() :]
    marks: list[str] = _CROSS_MARK.findall(rest)
    if len(marks) > 1:
        raise LayoutUnknown(f"marks of {paper}: {' '.join(marks)[:80]}", reason="entry-id")
    return int(numbers[0][0]), paper, marks[0] if marks else None, _REPLACED_MARK in rest


def _read_description(paper: PaperId, dd: LexborNode) -> Paper:
    """Return what a `<dd>` says about the paper."""
    parts: dict[str, list[str]] = {}
    meta = dd.css_first("div.meta") or dd
    for child in meta.iter():
        name = _name_part(child)
        if name is not None:
            parts.setdefault(name, []).append(child.inner_html or "")
    titles, subjects, abstracts = (parts.get(name, ()) for name in ("list-title", "list-subjects", "abstract"))
    if len(titles) != 1 or len(subjects) != 1 or len(abstracts) > 1:
        raise LayoutUnknown(f"an entry: {_plain(dd)[:80]}", reason="entries")
    return Paper(
        paper,
        title_from_html(remove_descriptor(titles[0])),
        abstract_from_html(abstracts[0]) if abstracts else None,
        None,
        read_categories(remove_descriptor(subjects[0])),
        _read_metadata(parts),
    )


def _name_part(node: LexborNode) -> str | None:
    classes = (node.attributes.get("class") or "").split()
    part = next((name for name in classes if name in _PARTS), None)
    return "abstract" if part is None and node.tag == "p" else part


def _read_metadata(parts: Mapping[str, Sequence[str]]) -> Metadata:
    """Return what the page states. It prints comments and journal reference of every paper that has them, and no other field."""
    authors, comments, journal = (
        parts.get(name, ("",))[0] for name in ("list-authors", "list-comments", "list-journal-ref")
    )
    return Metadata(
        authors=read_authors(authors),
        comments=plain_from_html(remove_descriptor(comments)),
        journal_reference=plain_from_html(remove_descriptor(journal)),
    )


def _read_total(margins: str) -> int | None:
    totals = {int(found) for found in _TOTAL.findall(margins)}
    if len(totals) > 1:
        raise LayoutUnknown(f"several totals: {sorted(totals)}", reason="totals")
    return totals.pop() if totals else None


def _plain(node: LexborNode) -> str:
    return get_text(node.inner_html or "")
