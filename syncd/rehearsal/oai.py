"""The OAI-PMH interface of the loopback arXiv: ListRecords and GetRecord in arXivRaw, Identify, and the protocol's errors.

It keeps no session: the resumption token is the query itself, as at arXiv.
"""

from __future__ import annotations

from datetime import UTC, date
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode

from syncd.core.model import paper_id
from syncd.rehearsal.history import History, categories, datestamp
from syncd.rehearsal.paper_details import paper_details
from syncd.rehearsal.reply import OAI, Reply
from syncd.rehearsal.typeset import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncd.core.model import PaperId, Record, Version
    from syncd.rehearsal.paper_details import InventedDetails
    from syncd.rehearsal.scene import Scene

_PREFIX = "oai:arXiv.org:"
_ARGUMENTS = {
    "ListRecords": {"verb", "metadataPrefix", "set", "from", "until", "resumptionToken"},
    "GetRecord": {"verb", "metadataPrefix", "identifier"},
    "Identify": {"verb"},
}
_CS = {"cs", "math", "q-bio", "q-fin", "stat", "eess", "econ"}
_SCHEMA = "http://www.openarchives.org/OAI/2.0/"
_RAW = "http://arxiv.org/OAI/arXivRaw/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


class _OaiRefused(Exception):
    """One of the protocol's errors."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def answer(scene: Scene, arguments: Mapping[str, str], page_size: int) -> Reply:
    """Answer a request. Errors of the protocol have status 200."""
    try:
        request, body = _format_request(arguments), _body(scene, arguments, page_size)
    except _OaiRefused as refused:
        kept = "" if refused.code in {"badVerb", "badArgument"} else _format_request(arguments)
        request, body = kept, f'    <error code="{refused.code}">{escape(refused.sentence)}</error>\n'
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="{_SCHEMA}" \n         xmlns:xsi="{_XSI}"\n'
        f'         xsi:schemaLocation="{_SCHEMA} {_SCHEMA}OAI-PMH.xsd">\n'
        f"    <responseDate>{scene.now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</responseDate>\n"
        f"    <request{request}>http://oaipmh.arxiv.org/oai</request>\n\n{body}</OAI-PMH>\n"
    )
    return Reply(text.encode(), kind=OAI)


def set_name(category: str) -> str:
    """Return the set of a category: `cs:cs:CV`, `physics:hep-ex`."""
    archive, _, subject = category.partition(".")
    group = archive if archive in _CS else "physics"
    return f"{group}:{archive}:{subject}" if subject else f"{group}:{archive}"


def _format_request(arguments: Mapping[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in arguments.items())


def _body(scene: Scene, arguments: Mapping[str, str], page_size: int) -> str:
    verb = arguments.get("verb", "")
    if verb not in _ARGUMENTS:
        raise _OaiRefused("badVerb", f"The verb '{verb}' is not known here.")
    if unknown := set(arguments) - _ARGUMENTS[verb]:
        raise _OaiRefused("badArgument", f"Argument '{min(unknown)}' does not belong to {verb}.")
    if verb == "Identify":
        return "    <Identify>\n        <repositoryName>rehearsal</repositoryName>\n    </Identify>\n"
    if verb == "GetRecord":
        return _get(scene, arguments)
    return _list(scene, arguments, page_size)


def _get(scene: Scene, arguments: Mapping[str, str]) -> str:
    _demand_raw(arguments)
    identifier = arguments.get("identifier", "")
    if not identifier.startswith(_PREFIX):
        raise _OaiRefused("idDoesNotExist", f"'{identifier}' is not an identifier of this repository.")
    try:
        found = scene.record(paper_id(identifier.removeprefix(_PREFIX)))
    except ValueError:
        found = None
    if found is None:
        raise _OaiRefused("idDoesNotExist", f"Nothing is known of '{identifier}'.")
    return f"    <GetRecord>\n{_record(scene, found)}\n    </GetRecord>\n"


def _list(scene: Scene, arguments: Mapping[str, str], page_size: int) -> str:
    query, skip = _read_token(arguments) if "resumptionToken" in arguments else (arguments, 0)
    _demand_raw(query)
    papers = _select(scene, query)
    if skip and skip >= len(papers):
        raise _OaiRefused("badResumptionToken", "The token points behind the end.")
    part = [scene.record(paper) for paper in papers[skip : skip + page_size]]
    records = "\n".join(_record(scene, found) for found in part if found)
    if len(papers) > skip + page_size:
        records += f"\n        <resumptionToken>{_make_token(query, skip + page_size)}</resumptionToken>"
    elif skip:
        records += "\n        <resumptionToken/>"
    return f"    <ListRecords>\n{records}\n    </ListRecords>\n"


def _demand_raw(query: Mapping[str, str]) -> None:
    if "metadataPrefix" not in query:
        raise _OaiRefused("badArgument", "Argument 'metadataPrefix' is missing.")
    if query["metadataPrefix"] != "arXivRaw":
        raise _OaiRefused("cannotDisseminateFormat", f"There is no '{query['metadataPrefix']}' here.")


def _read_token(arguments: Mapping[str, str]) -> tuple[dict[str, str], int]:
    if set(arguments) != {"verb", "resumptionToken"}:
        raise _OaiRefused("badArgument", "A resumption token stands alone.")
    token = arguments["resumptionToken"]
    query = dict(parse_qsl(token if "=" in token else unquote(token)))
    skip = query.pop("skip", "")
    if not skip.isdecimal() or query.pop("verb", "") != arguments["verb"] or not set(query) < _ARGUMENTS["ListRecords"]:
        raise _OaiRefused("badResumptionToken", "The token was not issued here.")
    return query, int(skip)


def _make_token(query: Mapping[str, str], skip: int) -> str:
    asked = {name: value for name, value in query.items() if name != "verb"}
    return quote(urlencode({"verb": "ListRecords", **asked, "skip": skip}), safe="")


def _select(scene: Scene, query: Mapping[str, str]) -> list[PaperId]:
    low, high = _day(query, "from", date.min), _day(query, "until", date.max)
    if low > high:
        raise _OaiRefused("badArgument", "'from' is after 'until'.")
    dated = _list_datestamps(scene.history, scene.newest, query.get("set", "")) if scene.newest else ()
    found = [paper for stamp, paper in dated if low <= stamp <= high and paper not in scene.hidden]
    if not found:
        raise _OaiRefused("noRecordsMatch", "No record matches.")
    return found


@lru_cache(maxsize=8)
def _list_datestamps(history: History, day: date, chosen: str) -> tuple[tuple[date, PaperId], ...]:
    """Return the papers of a set with their datestamps. A paper that is modified during a harvest moves to the end."""
    return tuple(
        sorted(
            (datestamp(work, day), work.id)
            for work in history.works
            if work.announced <= day and any(_is_in_set(chosen, set_name(name)) for name in categories(work, day))
        )
    )


def _is_in_set(chosen: str, name: str) -> bool:
    return not chosen or name == chosen or name.startswith(chosen + ":")


def _day(query: Mapping[str, str], name: str, default: date) -> date:
    try:
        return date.fromisoformat(query[name]) if name in query else default
    except ValueError:
        raise _OaiRefused("badArgument", f"'{name}' is not a date.") from None


def _record(scene: Scene, found: Record) -> str:
    sets = "".join(f"            <setSpec>{name}</setSpec>\n" for name in sorted(map(set_name, found.categories)))
    stamp, details = found.datestamp or scene.today, paper_details(found.id)
    return (
        f"        <record>\n        <header>\n        <identifier>{_PREFIX}{found.id}</identifier>\n"
        f"        <datestamp>{stamp}</datestamp>\n{sets}    </header>\n\n            <metadata>\n"
        f'        <arXivRaw xmlns="{_RAW}" xmlns:xsi="{_XSI}" '
        f'xsi:schemaLocation="{_RAW} https://oaipmh.arxiv.org/OAI/arXivRaw.xsd">\n'
        f"        <id>{found.id}</id>\n        <submitter>{escape(details.submitter)}</submitter>\n"
        f"{''.join(map(_version, found.versions))}"
        f"        <title>{escape(found.title)}</title>\n        <authors>{escape(details.typed_authors)}</authors>\n"
        f"        <categories>{' '.join(found.categories)}</categories>\n{_format_details(details)}"
        f"            <abstract>{escape(found.abstract)}</abstract>\n    </arXivRaw>\n\n"
        "            </metadata>\n        </record>\n"
    )


def _format_details(details: InventedDetails) -> str:
    """Return the optional elements in arXiv's order. One without a text is left out."""
    texts = {
        "comments": details.comments.typed if details.comments else None,
        "report-no": details.report_number,
        "msc-class": details.msc_class,
        "acm-class": details.acm_class,
        "journal-ref": details.journal_reference,
        "doi": details.doi,
        "license": details.licence,
    }
    return "".join(f"            <{name}>{escape(text)}</{name}>\n" for name, text in texts.items() if text)


def _version(version: Version) -> str:
    return (
        f'            <version version="v{version.number}">\n'
        f"                <date>{format_datetime(version.created, usegmt=True)}</date>\n"
        f"                <size>{version.size}kb</size>\n"
        f"                    <source_type>{version.source_type}</source_type>\n            </version>\n"
    )
