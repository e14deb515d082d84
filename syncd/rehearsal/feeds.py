"""The Atom feed of the API and the daily RSS feed of the loopback arXiv.

It has no query language: `search_query` may have a category and a range of submission times.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from email.utils import format_datetime
from typing import TYPE_CHECKING

from syncd.core.model import versioned_id
from syncd.rehearsal import reply
from syncd.rehearsal.history import NEW_YORK, mailing
from syncd.rehearsal.pages import refusal
from syncd.rehearsal.paper_details import paper_details
from syncd.rehearsal.reply import ATOM, RSS, Reply
from syncd.rehearsal.typeset import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from syncd.core.model import PaperId, Record
    from syncd.rehearsal.scene import Scene

MAX_RESULTS = 2000
MAX_WINDOW = 10_000
_SEARCH = re.compile(r"cat:(?P<category>[\w.-]+)(?: AND submittedDate:\[(?P<low>\d{8,14}) TO (?P<high>\d{8,14})\])?")
_ATOM_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
    'xmlns="http://www.w3.org/2005/Atom">\n'
)
_RSS_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" version="2.0">\n'
)


class _ApiRefused(Exception):
    """An error that the API reports with status 400."""


def query(scene: Scene, arguments: Mapping[str, str]) -> Reply:
    """Answer `/api/query` with `id_list` or `search_query`, `start`, `max_results` and `sortOrder`. An error has status 400."""
    if arguments.get("max_results") == "0":
        return refusal(500, "Internal error")
    try:
        start, most = _window(arguments)
        found = _find_records(scene, arguments)
    except _ApiRefused as refused:
        return _error(scene, str(refused))
    return _write_feed(scene, arguments, (start, most), found)


def _window(arguments: Mapping[str, str]) -> tuple[int, int]:
    values = []
    for name, default in (("start", "0"), ("max_results", "10")):
        text = arguments.get(name, default)
        if not text.isdecimal():
            raise _ApiRefused(f"{name} must be an integer")
        values.append(int(text))
    start, most = values
    if most > MAX_RESULTS:
        raise _ApiRefused(f"max_results must not exceed {MAX_RESULTS}")
    if start + most > MAX_WINDOW:
        raise _ApiRefused(f"start and max_results must not exceed {MAX_WINDOW} together")
    return start, most


def _find_records(scene: Scene, arguments: Mapping[str, str]) -> list[tuple[Record, int]]:
    names = [name for name in arguments.get("id_list", "").split(",") if name]
    if not names:
        return _search(scene, arguments)
    found = (scene.version(*_parse_name(name)) for name in dict.fromkeys(names))
    return [one for one in found if one is not None]


def _parse_name(name: str) -> tuple[PaperId, int | None]:
    try:
        return versioned_id(name.strip())
    except ValueError:
        raise _ApiRefused(f"incorrect id format for {name}") from None


def _search(scene: Scene, arguments: Mapping[str, str]) -> list[tuple[Record, int]]:
    text = arguments.get("search_query", "")
    if not text:
        return []
    bounds = _SEARCH.fullmatch(text)
    if bounds is None:
        raise _ApiRefused("this search_query is not understood here")
    records = scene.records(scene.members(bounds["category"]))
    if bounds["low"]:
        records = [found for found in records if bounds["low"] <= _stamp(found, bounds["low"])]
        records = [found for found in records if _stamp(found, bounds["high"]) <= bounds["high"]]
    latest = arguments.get("sortOrder") != "ascending"
    records.sort(key=lambda found: (found.versions[0].created, found.id), reverse=latest)
    return [(found, len(found.versions)) for found in records]


def _stamp(found: Record, like: str) -> str:
    """Return the v1 time with as many digits as the bound it is compared with."""
    return f"{found.versions[0].created:%Y%m%d%H%M%S}"[: len(like)]


def _write_feed(
    scene: Scene, arguments: Mapping[str, str], window: tuple[int, int], found: list[tuple[Record, int]]
) -> Reply:
    start, most = window
    asked = {name: arguments.get(name, "") for name in ("search_query", "id_list")}
    title = "&amp;".join(f"{name}={escape(value)}" for name, value in asked.items())
    head = _ATOM_HEAD + (
        f"  <id>https://arxiv.org/api/rehearsal</id>\n"
        f"  <title>arXiv Query: {title}&amp;start={start}&amp;max_results={most}</title>\n"
        f"  <updated>{_instant(scene.now)}</updated>\n"
        f'  <link href="https://arxiv.org/api/query?{title}&amp;start={start}&amp;max_results={most}" '
        'type="application/atom+xml"/>\n'
        f"  <opensearch:itemsPerPage>{most}</opensearch:itemsPerPage>\n"
        f"  <opensearch:totalResults>{len(found)}</opensearch:totalResults>\n"
        f"  <opensearch:startIndex>{start}</opensearch:startIndex>\n"
    )
    return Reply("".join([head, *map(_entry, found[start : start + most]), "</feed>\n"]).encode(), kind=ATOM)


def _primary(categories: Sequence[str]) -> str:
    # A paper that was moved out of all categories has none.
    return "".join(f'    <arxiv:primary_category term="{one}"/>\n' for one in categories[:1])


def _entry(shown: tuple[Record, int]) -> str:
    paper, number = shown
    name = f"{paper.id}v{number}"
    terms = "".join(
        f'    <category term="{term}" scheme="http://arxiv.org/schemas/atom"/>\n' for term in paper.categories
    )
    details = paper_details(paper.id)
    authors = "".join(
        f"    <author>\n      <name>{escape(author.printed)}</name>\n    </author>\n" for author in details.authors
    )
    comments = details.comments.typed if details.comments else None
    return (
        f"  <entry>\n    <id>http://arxiv.org/abs/{name}</id>\n    <title>{escape(paper.title)}</title>\n"
        f"    <updated>{_instant(paper.versions[number - 1].created)}</updated>\n"
        f'    <link href="https://arxiv.org/abs/{name}" rel="alternate" type="text/html"/>\n'
        f'    <link href="https://arxiv.org/pdf/{name}" rel="related" type="application/pdf" title="pdf"/>\n'
        f"    <summary>{escape(paper.abstract)}</summary>\n{terms}"
        f"    <published>{_instant(paper.versions[0].created)}</published>\n"
        f"{_element('    <arxiv:comment>', comments)}"
        f"{_primary(paper.categories)}"
        f"{_element('    <arxiv:journal_ref>', details.journal_reference)}{authors}"
        f"{_element('    <arxiv:doi>', details.doi)}  </entry>\n"
    )


def _element(opening: str, text: str | None) -> str:
    """Return a line with an optional element, empty when there is no text."""
    return f"{opening}{escape(text)}</{opening.strip()[1:]}\n" if text else ""


def _error(scene: Scene, sentence: str) -> Reply:
    anchor = f"https://arxiv.org/api/errors#{escape(sentence.replace(' ', '_'))}"
    text = _ATOM_HEAD + (
        f"  <id>https://arxiv.org/</id>\n  <title>arXiv Search Results</title>\n"
        f"  <updated>{_instant(scene.now)}</updated>\n"
        f"  <opensearch:itemsPerPage>1</opensearch:itemsPerPage>\n"
        f"  <opensearch:totalResults>1</opensearch:totalResults>\n"
        f"  <opensearch:startIndex>0</opensearch:startIndex>\n"
        f"  <entry>\n    <id>{anchor}</id>\n    <title>Error</title>\n    <updated>{_instant(scene.now)}</updated>\n"
        f'    <link href="{anchor}" rel="alternate" type="text/html"/>\n    <summary>{escape(sentence)}</summary>\n'
        f"    <author>\n      <name>arXiv api core</name>\n    </author>\n  </entry>\n</feed>\n"
    )
    return Reply(text.encode(), 400, ATOM)


def rss(scene: Scene, category: str) -> Reply:
    """Answer `/rss/CAT`: the mailing dated today in New York, built at midnight there, without items on a day without one."""
    built = datetime.combine(scene.today, time(), NEW_YORK)
    link = f"http://rss.arxiv.org/rss/{category}"
    items = "".join(_item(record, kind, built) for kind, record in _list_announced(scene, category))
    text = _RSS_HEAD + (
        f"  <channel>\n    <title>{category} updates on arXiv.org</title>\n    <link>{link}</link>\n"
        f"    <description>{category} updates on the arXiv.org e-print archive.</description>\n"
        f'    <atom:link href="{link}" rel="self" type="application/rss+xml"/>\n'
        f"    <docs>http://www.rssboard.org/rss-specification</docs>\n    <language>en-us</language>\n"
        f"    <lastBuildDate>{format_datetime(built.astimezone(UTC))}</lastBuildDate>\n"
        f"    <managingEditor>rehearsal@localhost</managingEditor>\n    <pubDate>{format_datetime(built)}</pubDate>\n"
        f"    <skipDays>\n      <day>Sunday</day>\n      <day>Saturday</day>\n    </skipDays>\n"
        f"{items}  </channel>\n</rss>\n"
    )
    return Reply(text.encode(), kind=RSS)


def _list_announced(scene: Scene, category: str) -> Iterator[tuple[str, Record]]:
    """Yield kind and paper, in blocks of ascending ids: new, cross, replace, replace-cross."""
    if scene.newest is None or scene.newest < scene.today:
        return
    found = mailing(scene.history, scene.batch or scene.today, category, scene.newest)
    own = [work for work in found.replaced if work.primary == category]
    others = [work for work in found.replaced if work.primary != category]
    blocks = (("new", found.new), ("cross", found.cross), ("replace", own), ("replace-cross", others))
    for kind, works in blocks:
        for record in scene.records(works):
            yield kind, record


def _item(paper: Record, kind: str, built: datetime) -> str:
    details = paper_details(paper.id)
    name = f"{paper.id}v{len(paper.versions)}"
    terms = "".join(f"      <category>{term}</category>\n" for term in paper.categories)
    return (
        f"    <item>\n      <title>{escape(paper.title)}</title>\n      <link>https://arxiv.org/abs/{paper.id}</link>\n"
        f"      <description>arXiv:{name} Announce Type: {kind} \nAbstract: {escape(paper.abstract)}</description>\n"
        f'      <guid isPermaLink="false">oai:arXiv.org:{name}</guid>\n{terms}'
        f"      <pubDate>{format_datetime(built)}</pubDate>\n"
        f"      <arxiv:announce_type>{kind}</arxiv:announce_type>\n"
        f"{_element('      <dc:rights>', details.licence)}{_element('      <arxiv:DOI>', details.doi)}"
        f"{_element('      <arxiv:journal_reference>', details.journal_reference)}"
        f"{_element('      <dc:creator>', details.typed_authors)}    </item>\n"
    )


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def line_too_long() -> Reply:
    """Answer a request line of more than 4094 bytes, as the server in front of the API does."""
    return reply.html(
        "<html>\n  <head>\n    <title>Bad Request</title>\n  </head>\n  <body>Request Line is too large</body>\n</html>\n",
        400,
    )
