"""HTML of arXiv's shape (state of 2026): listing, catchup and month pages, and error pages.

The structure, its attribute names, quotes and blanks are facts of the site; head, footer and prose are the project's own. It
must not decide what is shown: that is the sheet's matter.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from syncd.core.dates import MONTHS, WEEKDAYS
from syncd.rehearsal import reply, typeset
from syncd.rehearsal.paper_details import paper_details
from syncd.rehearsal.sheets import REPLACED, SHOWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.core.model import Record
    from syncd.rehearsal.paper_details import InventedAuthor, InventedDetails
    from syncd.rehearsal.reply import Reply
    from syncd.rehearsal.sheets import Row, Sheet

SUBJECTS = {
    "cs.AI": "Artificial Intelligence",
    "cs.CL": "Computation and Language",
    "cs.CR": "Cryptography and Security",
    "cs.CV": "Computer Vision and Pattern Recognition",
    "cs.GR": "Graphics",
    "cs.HC": "Human-Computer Interaction",
    "cs.IT": "Information Theory",
    "cs.LG": "Machine Learning",
    "cs.PL": "Programming Languages",
    "cs.RO": "Robotics",
    "cs.SD": "Sound",
    "eess.AS": "Audio and Speech Processing",
    "eess.IV": "Image and Video Processing",
    "math.IT": "Information Theory",
    "q-bio.QM": "Quantitative Methods",
    "stat.ML": "Machine Learning",
}
_ANCHORS = {"New submissions": "New submissions", "Cross submissions": "Cross-lists", REPLACED: "Replacements"}


def refusal(status: int, sentence: str) -> Reply:
    """Return the page of a 400 or 404."""
    return page(
        sentence, f"\n<h1>{typeset.escape(sentence)}</h1>\n<p>There is nothing to show at this address.</p>\n", status
    )


def render(sheet: Sheet, today: date) -> Reply:
    """Return a listing page."""
    content = {"new": _new, "recent": _recent, "month": _month}.get(sheet.kind)
    inner = content(sheet) if content else _catchup(sheet, today)
    body = f"<div id='content-inner'>\n<div id='dlpage'>\n{inner}\n</div>\n</div>"
    return page(SUBJECTS[sheet.category], body, category=sheet.category)


def long_date(day: date) -> str:
    """Return `Wednesday, 7 April 2021`."""
    return f"{WEEKDAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


def padded_date(day: date) -> str:
    """Return `Wed, 07 Apr 2021`."""
    return f"{WEEKDAYS[day.weekday()][:3]}, {day.day:02d} {MONTHS[day.month - 1][:3]} {day.year}"


def _new(sheet: Sheet) -> str:
    links = "".join(f'  <li><a href="#item{max(at, 0)}">{name}</a></li>\n' for name, at in _index(sheet, 0))
    recent = f"recent-{sheet.category}"
    see = f'<a id="{recent}" aria-labelledby="{recent}" href="/list/{sheet.category}/recent">recent</a>'
    top = (
        f"  <h1>{SUBJECTS[sheet.category]}</h1>\n\n<ul>\n{links}</ul>\n\n<p>See {see} articles</p>\n"
        f"<h3>Showing new listings for {long_date(sheet.day)}</h3>\n\n"
    )
    if not sheet.total:
        return f"{top}  \n\n\n\n\n    <p>No updates today.</p>\n\n\n  "
    return f"{top}{_paging(sheet)}\n\n\n\n{_lists(sheet)}\n\n\n\n{_paging(sheet)}"


def _recent(sheet: Sheet) -> str:
    links = []
    skip = 0
    for block in sheet.blocks:
        links.append(
            f'<li>\n        <a href="{sheet.path}?skip={skip}&amp;show={sheet.show}">\n'
            f"          {block.name}\n        </a>\n      </li>"
        )
        skip += len(block.rows)
    new = (
        f'<a id="new-{sheet.category}" aria-labelledby="new-{sheet.category}" href="/list/{sheet.category}/new">new</a>'
    )
    return (
        f"  <h1>{SUBJECTS[sheet.category]}</h1>\n\n<h2>Authors and titles for recent submissions</h2>\n"
        f"  <ul>\n{''.join(links)}</ul>\n  <p>See today's {new} changes</p>\n"
        f"{_paging(sheet)}\n\n\n{_lists(sheet)}\n\n{_paging(sheet)}"
    )


def _month(sheet: Sheet) -> str:
    month = f"{MONTHS[sheet.day.month - 1]} {sheet.day.year}"
    return (
        f"  <h1>{SUBJECTS[sheet.category]}</h1>\n\n\n<h2>Authors and titles for {month} </h2>\n\n"
        f"{_paging(sheet)}\n\n\n{_lists(sheet)}\n\n{_paging(sheet)}"
    )


def _catchup(sheet: Sheet, today: date) -> str:
    day = padded_date(sheet.day)
    links = "".join(
        f'      <li><a href="{_catchup_at(sheet, at)}#item{at}">{name}</a></li>\n' for name, at in _index(sheet, 1)
    )
    onward = ""
    if sheet.day < today:
        following = date.fromordinal(sheet.day.toordinal() + 1)
        href = f"/catchup/{sheet.category}/{following}?abs={sheet.abstracts}&amp;page=1"
        onward = f'        <a href="{href}">Continue to the next day</a>\n        <br><br>\n'
    total = f"      Total of {sheet.total} entries for {day}\n{_catchup_pages(sheet)}      "
    return (
        f"  <h1>Catchup results for {SUBJECTS[sheet.category]} on {day}</h1>\n\n    <ul>\n{links}    </ul>\n    \n\n"
        f"    <div>\n{onward}      \n{total}\n\n    </div>\n\n\n"
        f"{_lists(sheet) or _catchup_empty(sheet, day)}\n\n\n\n    <div></div>\n{total}\n{onward}    </div>"
    )


def _catchup_empty(sheet: Sheet, day: str) -> str:
    if sheet.skip:
        inner = f'No further updates for {day}\n          <br>\n          <a href="{_catchup_page(sheet, 1)}">Go to page 1</a>'
    else:
        inner = f"<p>No updates for {day}. Nothing was announced, or nothing that fits.</p>"
    return f"      <br>\n        <div>\n          {inner}\n        </div>\n      <br>\n"


def _catchup_pages(sheet: Sheet) -> str:
    count = -(-sheet.total // sheet.show)
    if count < 2:
        return ""
    current = sheet.skip // sheet.show + 1
    links = [
        f"        <span>{page}</span>\n"
        if page == current
        else f"        <a href={_catchup_page(sheet, page)}>{page}</a>\n"
        for page in range(1, count + 1)
    ]
    return "      View page:\n" + "".join(links)


def _catchup_at(sheet: Sheet, number: int) -> str:
    """Return the address of the page that has an entry, empty for this page."""
    page = (number - 1) // sheet.show + 1
    return "" if page == sheet.skip // sheet.show + 1 else _catchup_page(sheet, page)


def _catchup_page(sheet: Sheet, page: int) -> str:
    return f"{sheet.path}?abs={sheet.abstracts}&amp;page={page}"


def _index(sheet: Sheet, first: int) -> Iterator[tuple[str, int]]:
    """Yield the names of the sections with the number of their first entry. On `/new` the first number is 0."""
    number = 1
    for block in sheet.blocks:
        yield _ANCHORS[block.name], first if number == 1 else number
        number += len(block.rows)


def _paging(sheet: Sheet) -> str:
    pages = "" if sheet.show >= sheet.total else f":{_page_links(sheet)}\n"
    return (
        f"      <div class='paging'>Total of {sheet.total} entries {pages}\n    </div>\n"
        f"    <div class='morefewer'>Showing up to {sheet.show} entries per page:\n    {_show_links(sheet)}\n\n    </div>\n"
    )


def _page_links(sheet: Sheet) -> str:
    """Return links to the first, the last and the pages within three of the current one."""
    starts = range(0, sheet.total, sheet.show)
    near = [at for at in starts if at in (0, starts[-1]) or abs(at - sheet.skip) <= 3 * sheet.show]
    links = []
    for before, at in zip([0, *near], near, strict=False):
        if at - before > sheet.show:
            links.append("      <span>...</span>")
        span = f"{at + 1}-{min(at + sheet.show, sheet.total)}"
        here = at <= sheet.skip < at + sheet.show
        links.append(
            f"      <span>{span}</span>" if here else f"      <a href={_part(sheet, at, sheet.show)}>{span}</a>"
        )
    return "\n".join(links)


def _show_links(sheet: Sheet) -> str:
    fewer = max((show for show in SHOWS if show < sheet.show), default=None)
    more = min((show for show in SHOWS if sheet.show < show < sheet.total), default=None)
    whole = SHOWS[-1] if sheet.show < sheet.total else None
    return " |\n    ".join(
        _show_link(sheet, word, show) for word, show in (("fewer", fewer), ("more", more), ("all", whole))
    )


def _show_link(sheet: Sheet, word: str, show: int | None) -> str:
    if show is None:
        return f'      <span style="color: #454545">{word}</span>\n'
    return f'      <a href={_part(sheet, sheet.skip, show)} rel="nofollow">\n      {word}</a>\n'


def _part(sheet: Sheet, skip: int, show: int) -> str:
    return f"{sheet.path}?skip={skip}&amp;show={show}"


def _lists(sheet: Sheet) -> str:
    lists = []
    for block, offset, low, high in sheet.parts():
        entries = [
            _entry(row, offset + number, abstracts=sheet.abstracts)
            for number, row in enumerate(block.rows[low:high], low + 1)
            if row is not None
        ]
        heading = _heading(sheet, block.name, (low, high, len(block.rows)))
        nothing = "" if block.rows else "    <p>No updates for this time period.</p>\n\n"
        lists.append(f"      <dl id='articles'>\n{heading}\n\n{''.join(entries)}{nothing}</dl>\n")
    return "\n".join(lists)


def _heading(sheet: Sheet, name: str, span: tuple[int, int, int]) -> str:
    low, high, total = span
    if sheet.kind == "month":
        return ""
    if not total:
        return f"    <h3>{name}</h3>"
    which = "continued, showing " if low else "showing "
    if high - low < total:
        which += "first " if not low else "last " if high == total else ""
    blank = " " if sheet.kind == "recent" else ""
    return f"    <h3>{name} ({which}{high - low} of {total} entries{blank})</h3>"


def _entry(row: Row, number: int, *, abstracts: bool) -> str:
    paper = row.record
    details = paper_details(paper.id)
    mark = f"          ({row.mark})\n" if row.mark else "      \n"
    title = typeset.title(paper.title) if row.markup is None else row.markup
    abstract = (
        f"        <p class='mathjax'>\n            {typeset.abstract(paper.abstract)}\n        </p>\n"
        if abstracts
        else ""
    )
    return (
        f"    <dt>\n      <a name='item{number}'>[{number}]</a>\n"
        f'      <a href ="/abs/{paper.id}" title="Abstract" id="{paper.id}">\n        arXiv:{paper.id}\n      </a>\n{mark}'
        f"{'' if not row.mark else chr(10)}        [{_downloads(paper)}]\n    </dt>\n    <dd>\n      <div class='meta'>\n"
        f"        <div class='list-title mathjax'><span class='descriptor'>Title:</span>\n          {title}\n        </div>\n"
        f"        <div class='list-authors'>{author_links(details)}</div>\n\n{_notes(details)}"
        f"        <div class='list-subjects'><span class='descriptor'>Subjects:</span>\n"
        f"          {subjects(paper)}\n        </div>\n\n{abstract}      </div>\n    </dd>\n"
    )


def _notes(details: InventedDetails) -> str:
    """Return comments and journal reference, each with blank lines in its place when there is none."""
    comments = (
        "        <div class='list-comments mathjax'><span class='descriptor'>Comments:</span>\n"
        f"          {typeset.link_title(details.comments.typed)}\n        </div>\n"
        if details.comments
        else ""
    )
    journal = (
        "        <div class='list-journal-ref'><span class='descriptor'>Journal-ref:</span>\n"
        f"          {typeset.escape(details.journal_reference)}\n        </div>\n"
        if details.journal_reference
        else ""
    )
    return f"{comments}\n{journal}\n"


def author_links(details: InventedDetails) -> str:
    """Return the authors as links to a search for their key name and initials, with the text between them."""
    return "".join(typeset.escape(piece) if isinstance(piece, str) else _author_link(piece) for piece in details.pieces)


def _author_link(author: InventedAuthor) -> str:
    initials = "".join(f"+{name[0]}" for name in author.forenames.split())
    query = quote_plus(author.key_name or author.printed) + ("," + initials if initials else "")
    return f'<a href="https://arxiv.org/search/cs?searchtype=author&amp;query={query}">{typeset.escape(author.printed)}</a>'


def _downloads(paper: Record) -> str:
    kinds = (("pdf", "Download PDF", "pdf", "pdf"), ("format", "Other formats", "oth", "other"))
    return ", ".join(
        f'<a href="/{path}/{paper.id}" title="{title}" id="{key}-{paper.id}" aria-labelledby="{key}-{paper.id}">{word}</a>'
        for path, title, key, word in kinds
    )


def subjects(paper: Record) -> str:
    """Return the subject line, the primary category first."""
    first, *others = (f"{SUBJECTS.get(name, name)} ({name})" for name in paper.categories)
    return "; ".join([f'<span class="primary-subject">{first}</span>', *others])


def page(title: str, content: str, status: int = 200, *, category: str = "cs.CV") -> Reply:
    """Return a page around its content. Its head leads to the new papers of `category`."""
    return reply.html(
        '<!DOCTYPE html>\n<html lang="en">\n\n<head>\n'
        f"  <title>{typeset.escape(title)}  </title>\n"
        '  <meta name="viewport" content="width=device-width, initial-scale=1">\n</head>\n\n<body >\n'
        '<header class="ds-site-header">\n  <a href="/">A rehearsal of the archive</a>\n'
        f'  <a href="/list/{category}/new">New</a>\n</header>\n'
        f'    <main>\n      <div id="content">\n{content}      </div>\n    </main>\n\n'
        '<footer class="ds-site-footer">\n  <p>Invented papers on the loopback interface. Nothing here is arXiv.</p>\n'
        "</footer>\n</body>\n\n</html>\n",
        status,
    )
