"""Entries in the form that arXiv writes today, read from the page itself without a tree of them.

    page ─► entries of this form ─► values
       └──► the same page with a stand-in for each run of entries ─► tree

The form is so narrow that such an entry has the same place in a tree as its stand-in: it has only `dt`, `dd`, `div`, `span`, `p`,
`br` and `a`, each closed where it must be, with attributes that nothing looks for. Who makes the tree checks that all stand-ins
are in it as they were written. Any other entry is left where it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from syncd.core.author_names import add_key_names, is_common_name, split_authors
from syncd.core.errors import LayoutUnknown
from syncd.core.markup import abstract_from_html, plain_from_html, title_from_html
from syncd.core.model import Metadata, Paper, paper_id
from syncd.sources.listing.fields import MORE_AUTHORS, read_authors, read_categories
from syncd.sources.listing.page import PageEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from syncd.core.model import Author

DEEPEST_INSIDE = 3
"""Levels of elements in such an entry."""
# The name of an attribute, as no page can make one of an entity.
_SIGN = "\x01"
_LONGEST = 500
"""Characters of what is kept for the next entry that has the same."""

# Blanks are escaped, as the pattern of an entry is verbose.
# Each attribute stands once, as of two with the same name a tree has only the first.
_VALUE = '="[^"<>]*+"'
_AFTER_ADDRESS = rf"(?:\ rel{_VALUE}(?:\ class{_VALUE})?+|\ class{_VALUE}(?:\ rel{_VALUE})?+)?+"
_LINK = (
    rf"<a(?:\ class{_VALUE}\ href{_VALUE}(?:\ rel{_VALUE})?+"
    rf"|\ href{_VALUE}(?:\ data-(?:arxiv-id|doi){_VALUE})?+{_AFTER_ADDRESS})>[^<]*+</a>"
)
_TEXT = f"[^<]*+(?:{_LINK}[^<]*+)*+"
_DOWNLOAD = (
    r'<a\ href="(?:/pdf/|/format/|/ps/|https://arxiv\.org/html/)[^"<>&(]*+"'
    r'(?:\ title="[^"<>&(]*+"|\ (?:id|aria-labelledby)="[a-z]++-[^"<>&(]*+"|\ rel="[a-z ]*+"|\ target="[a-z_]*+")*+>[a-z]++</a>'
)
_ENTRY = re.compile(
    rf"""
    <dt>\s*+<a\ name='item([0-9]{{1,7}}+)'>\[\1\]</a>
    \s*+<a\ href\ ="/abs/([^"<>&\s]++)"\ title="Abstract"\ id="\2">\s*+arXiv:\2\s*+</a>
    \s*+(?:\((?:cross-list\ from\ ([A-Za-z.-]++)|(replaced))\)\s*+)?+
    \[{_DOWNLOAD}(?:,\s*+{_DOWNLOAD})*+\]\s*+</dt>
    \s*+<dd>\s*+<div\ class='meta'>
    \s*+<div\ class='list-title\ mathjax'><span\ class='descriptor'>Title:</span>([^<]*+)</div>
    \s*+<div\ class='list-authors'>({_TEXT})</div>
    \s*+(?:<div\ class='list-comments\ mathjax'><span\ class='descriptor'>Comments:</span>({_TEXT})</div>\s*+)?+
    (?:<div\ class='list-journal-ref'><span\ class='descriptor'>Journal-ref:</span>({_TEXT})</div>\s*+)?+
    <div\ class='list-subjects'><span\ class='descriptor'>Subjects:</span>
        (\s*+<span\ class="primary-subject">[^<]*+</span>[^<]*+)</div>
    \s*+(?:<p\ class='mathjax'>([^<]*+(?:(?:<br>|{_LINK})[^<]*+)*+)</p>\s*+)?+
    </div>\s*+</dd>
    """,
    re.VERBOSE,
)
# A parser decodes more entities than these, and some without a semicolon.
_UNCOMMON_ENTITY = re.compile("&(?!(?:amp|lt|gt|quot|#34|#39);)")
_AUTHOR_LINK = re.compile(
    r'<a href="(?:https://arxiv\.org)?/search/[a-z-]*+\?searchtype=author&amp;query=([^"<>]*+">[^<]*+)</a>'
)
_COMMON_LINK = re.compile(r"""([A-Za-z]++(?:[+-][A-Za-z]++)*+),[A-Za-z+]*+">(?!this |for )[A-Za-z .'-]++""")
# What separates two names, and what may follow the last one. Numbers of affiliations say nothing.
_BETWEEN_NAMES = re.compile(r"(?: \([0-9,]++\))?+(?:, |,? and |: )")
_AFTER_NAMES = re.compile(r"(?: \([0-9,]++\))?+(?: \((?:[^()\\{}<]|\([0-9,]++\))*+\))?+")


@dataclass
class StandIns:
    """A page with stand-ins for its common entries, and these entries."""

    text: str
    runs: list[list[PageEntry]]
    taken: set[int] = field(default_factory=set)

    def take(self, dt: str, dd: str) -> Sequence[PageEntry] | None:
        """Return the entries for which the inner HTML of a `dt` and its `dd` stand, None where it is that of an entry.

        LayoutUnknown where it is not what the stand-in has: then more surrounds it than a list.
        """
        if _SIGN not in dt:
            return None
        number = dt.partition("<")[0]
        if not number.isdecimal() or not dt == dd == _fill(number) or int(number) in self.taken:
            raise LayoutUnknown("a list inside other elements", reason="entries")
        self.taken.add(int(number))
        return self.runs[int(number)]

    def check_taken(self, parts: Iterable[str]) -> None:
        """Raise LayoutUnknown where a stand-in was not taken, as in a comment, or stands inside another of the parts.

        The parts are the inner HTML of all headings, `dt` and `dd` of the page.
        """
        if len(self.taken) < len(self.runs) or sum(part.count(_SIGN) for part in parts) > 2 * len(self.runs):
            raise LayoutUnknown("entries that are not shown, or inside others", reason="entries")


def replace_entries(text: str) -> StandIns:
    """Return the page with a stand-in for each run of common entries. Without any where it may hold its signs."""
    runs: list[list[PageEntry]] = []
    kept: list[str] = []
    if _SIGN in text or "\r" in text:
        return StandIns(text, runs)
    end = 0
    for found in _ENTRY.finditer(text):
        entry = _read_entry(found)
        if entry is None:
            continue
        between = text[end : found.start()]
        if runs and (not between or between.isspace()):
            runs[-1].append(entry)
        else:
            inner = _fill(str(len(runs)))
            kept += [between, f"<dt>{inner}</dt><dd>{inner}</dd>"]
            runs.append([entry])
        end = found.end()
    return StandIns("".join([*kept, text[end:]]), runs)


def _fill(number: str) -> str:
    """Return the inner HTML of both parts of a stand-in. Its text and its link show whether formatting goes on in them."""
    return f'{number}<a {_SIGN}=""></a>'


def _read_entry(found: re.Match[str]) -> PageEntry | None:
    """Return the values of an entry, None where it needs the parser."""
    start, end = found.span()
    # A blank that does not break a line becomes an entity in a tree.
    if _UNCOMMON_ENTITY.search(found.string, start, end) or found.string.find("\xa0", start, end) >= 0:
        return None
    number, identifier, cross_from, replaced, title, authors, comments, journal, subjects, abstract = found.groups()
    try:
        paper = Paper(
            paper_id(identifier),
            title_from_html(_decode_quotes(title)),
            None if abstract is None else abstract_from_html(_decode_quotes(abstract)),
            None,
            _read_subjects(subjects) if len(subjects) <= _LONGEST else read_categories(subjects),
            Metadata(
                authors=_read_authors(authors),
                comments=plain_from_html(_decode_quotes(comments)) if comments else "",
                journal_reference=plain_from_html(_decode_quotes(journal)) if journal else "",
            ),
        )
    except (LayoutUnknown, ValueError):
        return None
    return PageEntry(int(number), paper, cross_from, replaced is not None)


_read_subjects = lru_cache(maxsize=1 << 10)(read_categories)


def _decode_quotes(markup: str) -> str:
    """Return markup with the quotes that a tree has. Of links, which have quotes of their own, only apostrophes."""
    if "&" not in markup:
        return markup
    markup = markup.replace("&#39;", "'")
    return markup if "<" in markup else markup.replace("&#34;", '"').replace("&quot;", '"')


def _read_authors(markup: str) -> tuple[Author, ...] | None:
    """Return what `read_authors` returns. Of most papers, one by one, as the same people write several of them."""
    if MORE_AUTHORS in markup:
        return None
    markup = _decode_quotes(markup)
    first, *pieces = _AUTHOR_LINK.split(markup)
    if (
        first
        or not pieces
        or not _AFTER_NAMES.fullmatch(pieces[-1])
        or not all(map(_BETWEEN_NAMES.fullmatch, pieces[1:-1:2]))
    ):
        return read_authors(markup)
    authors = [author for link in pieces[::2] if len(link) <= _LONGEST and (author := _read_author(link)) is not None]
    # Of two authors with the same name, both have what the last link searches for.
    if len({author.name for author in authors}) < len(pieces) // 2:
        return read_authors(markup)
    return tuple(authors)


@lru_cache(maxsize=1 << 12)
def _read_author(link: str) -> Author | None:
    """Return the author of a link without its beginning and end. None where it may say another thing beside others."""
    name = link.partition('">')[2]
    if not is_common_name(name):
        return None
    if common := _COMMON_LINK.fullmatch(link):
        authors = split_authors(name) or ()
        authors = add_key_names(authors, [common[1].replace("+", " ")] * len(authors))
    else:
        authors = read_authors(f'<a href="/search/?searchtype=author&amp;query={link}</a>') or ()
    if len(authors) != 1:
        return None
    found = authors[0].name
    # A name that no other link has as its text cannot get the key name of another link.
    return authors[0] if name == found or (name == f"for the {found}" and found[:4] != "for ") else None
