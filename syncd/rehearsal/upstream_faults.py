"""The table of what arXiv may do wrong, and how syncd ends then: the rehearsal, the documentation and the tests are made from it.

Each row is about one command at 20:15 New York time. One of `UPSTREAM_FAULTS` is about `syncd sync`, when one mailing has been
announced and is not held. One of `INTERFACE_FAULTS` is about an empty archive that asks another interface for older dates.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from syncd.core.model import State
from syncd.core.values import dataclass
from syncd.rehearsal.faults import (
    Fault,
    bomb,
    database_lag,
    drip,
    halved,
    maintenance,
    rate_exceeded,
    redirect,
    reset,
    status,
    truncated,
    typed,
)
from syncd.rehearsal.page_faults import duplicated, hollow, missing, skewed, stale, stale_entries, wrong_date

TRIES = 3
"""A request that failed for a passing reason is sent this often in one run."""
_LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_WRONG_DATE = date(2026, 7, 8)


class NextAttempt(StrEnum):
    """Who asks arXiv again, and when."""

    SAME_RUN = "the same run"
    """It asked again itself, and the date is held."""
    NEXT_RUN = "the next run"
    """The next command asks, and the daemon at its next poll, 15 minutes later."""
    AFTER_PAUSE = "after the pause"
    """No process asks this host before."""
    PERSON = "after `syncd requests --release HOST`"
    """No process asks any host before."""


@dataclass(frozen=True, slots=True)
class UpstreamInterface:
    """What is asked: a shell pattern over path and query, and the command that asks it."""

    words: str
    path: str
    arguments: tuple[str, ...]


OLDER = date(2026, 6, 30)
"""The date that the commands of the other interfaces ask for. It is the oldest of the small history."""
_BACKFILL = ("backfill", "--since", str(OLDER), "--source", "oai")
NEWEST_PAGE = UpstreamInterface("the page of the newest mailing", "/list/*", ("sync",))
CATCHUP_PAGE = UpstreamInterface("the catchup page of an older date", "/catchup/*", ("sync", str(OLDER)))
OAI = UpstreamInterface("bulk metadata (OAI)", "/oai*", _BACKFILL)
API = UpstreamInterface("texts of first versions (API)", "/api/*", _BACKFILL)


@dataclass(frozen=True, slots=True)
class UpstreamFault:
    """One row: what arXiv does, in words and as a fault, and how the run ends.

    `code` is the error code of the result, empty where the run ends without error. `message` is a part of the error's text.
    `state` is the state of the date after the run, `requests` the number of requests that it sends. `pause` is how long the
    host is left alone. A `slow` row takes several seconds, because the answer does.
    """

    name: str
    words: str
    fault: Fault
    exit_code: int
    code: str
    message: str
    state: State = State.PENDING
    requests: int = 1
    next_attempt: NextAttempt = NextAttempt.NEXT_RUN
    pause: timedelta | None = None
    slow: bool = False
    interface: UpstreamInterface = NEWEST_PAGE


def _stop(name: str, words: str, fault: Fault, message: str) -> UpstreamFault:
    return UpstreamFault(name, words, fault, 4, "stopped", message, next_attempt=NextAttempt.PERSON)


def _pause(name: str, words: str, fault: Fault, seconds: int) -> UpstreamFault:
    length = timedelta(seconds=seconds)
    return UpstreamFault(
        name,
        words,
        fault,
        4,
        "cooling-down",
        "asked for a pause until",
        next_attempt=NextAttempt.AFTER_PAUSE,
        pause=length,
    )


def _retry(
    name: str, words: str, fault: Fault, message: str, *, requests: int = TRIES, slow: bool = False
) -> UpstreamFault:
    every = fault.on(times=TRIES)
    return UpstreamFault(name, words, every, 4, "upstream-unavailable", message, requests=requests, slow=slow)


def _unexpected(name: str, words: str, fault: Fault, message: str) -> UpstreamFault:
    return UpstreamFault(name, words, fault, 5, "unexpected-answer", message)


def _partial(name: str, words: str, fault: Fault, code: str) -> UpstreamFault:
    return UpstreamFault(name, words, fault, 3, code, f"was rejected ({code})", State.PARTIAL)


def _refused(name: str, words: str, fault: Fault, code: str, *, exit_code: int = 6) -> UpstreamFault:
    return UpstreamFault(name, words, fault, exit_code, code, f"was rejected ({code})", State.FAILED)


UPSTREAM_FAULTS = (
    _stop("forbidden", "answers 403", status(403), "answered 403"),
    _stop(
        "pause-of-centuries",
        "answers 429 and asks for a pause until the year 9999",
        status(429, retry_after=_LAST_MOMENT),
        "asked for a pause of more than 7 days",
    ),
    _stop(
        "pause-without-end",
        "answers 503 and asks for a pause of 10^18 seconds",
        status(503, retry_after=10**18),
        "asked for a pause of more than 7 days",
    ),
    _pause("rate-exceeded", "answers 429 and does not say for how long", rate_exceeded(), 60),
    _pause("database-lag", "answers 503 and asks for a pause of 300 seconds", database_lag(), 300),
    _pause("not-acceptable", "answers 406", status(406), 60),
    _retry("server-error", "answers 500", status(500), "is unavailable: Internal Server Error"),
    _retry("bad-gateway", "answers 502", status(502), "is unavailable: Bad Gateway"),
    _retry("unavailable", "answers 503 and asks for no pause", status(503), "is unavailable: Service Unavailable"),
    _retry("gateway-timeout", "answers 504", status(504), "is unavailable: Gateway Timeout"),
    _retry("reset", "resets the connection before its answer", reset(), "the connection broke"),
    _retry("reset-within", "resets the connection within its answer", reset(500), "the connection broke"),
    _retry("cut-off", "ends the connection in the middle of its answer", truncated(), "the connection broke"),
    _retry(
        "dripping",
        "sends its answer byte by byte, so that the time for a request ends",
        drip(piece=1, pause=0.05),
        "the response took too long",
        requests=2,
        slow=True,
    ),
    _unexpected("bad-request", "answers 400", status(400), "(status 400)"),
    _unexpected("not-found", "answers 404", status(404), "(status 404)"),
    _unexpected("teapot", "answers with a status that no rule names", status(418), "(status 418)"),
    _unexpected("bomb", "sends a small answer that unpacks to 65 MiB", bomb(), "larger than"),
    _unexpected("other-type", "sends a PDF instead of a page", typed("application/pdf"), "the content type is"),
    _unexpected("redirected", "sends the client to another host", redirect("http://localhost/elsewhere"), "is not configured"),
    _refused("maintenance", "answers 200 with a page that is no listing", maintenance(), "no-heading", exit_code=5),
    _partial("halved", "sends half of the page as if it were whole", halved(), "truncated"),
    _partial("short-page", "counts a paper that the page does not show", missing(), "missing-entries"),
    _partial("hollow-page", "states a total and shows no paper", hollow(), "missing-entries"),
    _partial("skewed-sections", "cuts the sections of the page by older counts", skewed(), "missing-entries"),
    _refused("repeated-paper", "shows a paper twice, so that all counts agree", duplicated(), "duplicate-id"),
    _refused("wrong-date", "shows the papers under the date of tomorrow", wrong_date(_WRONG_DATE), "wrong-date"),
    _refused("stale-entries", "shows older papers under the right date", stale_entries(), "stale-source"),
    UpstreamFault("stale-page", "still shows the page of the mailing before", stale(), 0, "", ""),
)  # fmt: skip
"""All rows, those first after which arXiv is left alone the longest."""


def _at(
    interface: UpstreamInterface, row: UpstreamFault, *, before: int = 0, state: State | None = None
) -> UpstreamFault:
    """Return the row for another interface, which is asked after `before` requests to others."""
    name = f"{row.name}-{interface.path.strip('/*')}"
    return replace(row, name=name, interface=interface, requests=row.requests + before, state=state or row.state)


def _recover(name: str, words: str, fault: Fault, requests: int) -> UpstreamFault:
    return UpstreamFault(name, words, fault, 0, "", "", State.RECONSTRUCTED, requests, NextAttempt.SAME_RUN)


_BY_NAME = {row.name: row for row in UPSTREAM_FAULTS}
_NO_XML = _unexpected("maintenance", "answers 200 with an HTML page", maintenance(), "expected xml")
_SHORT_PAUSE = _recover("short-pause", "answers 503 and asks for a pause of a second", status(503, retry_after=1), 3)
_HALF_XML = _recover("halved", "sends half of the answer as if it were whole", halved(), 3)
_SMALLER_PARTS = _recover(
    "cut-off", "ends three connections in the middle of the answer", truncated().on(times=TRIES), 5
)

_ON_CATCHUP = (
    "forbidden", "rate-exceeded", "server-error", "cut-off", "not-found", "maintenance", "halved", "short-page",
    "repeated-paper", "wrong-date",
)  # fmt: skip
_ON_OAI = ("forbidden", "server-error", "not-found")
_ON_API = ("forbidden", "server-error", "cut-off", "not-found")

INTERFACE_FAULTS = (
    *(_at(CATCHUP_PAGE, _BY_NAME[name]) for name in _ON_CATCHUP),
    *(_at(OAI, _BY_NAME[name]) for name in _ON_OAI),
    *(_at(OAI, row) for row in (_NO_XML, _SHORT_PAUSE, _HALF_XML, _SMALLER_PARTS)),
    *(_at(API, _BY_NAME[name], before=1, state=State.PARTIAL) for name in _ON_API),
    _at(API, _NO_XML, before=1, state=State.PARTIAL),
    *(_at(API, row) for row in (_SHORT_PAUSE, _HALF_XML)),
)
"""The rows of the other interfaces: each kind of end, as the client is the same for all of them."""
