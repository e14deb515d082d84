"""Examine everything that an archive depends on: this host, the archive itself, and the way to arXiv.

It must not change a file or a row: the file of a trial in each folder is removed at once. Its requests follow the same rate
limits as all others, and are logged.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.archive.files import owner
from syncd.core import mailing
from syncd.core.errors import ArchiveMissing, CoolingDown, SyncdError
from syncd.core.server_date import measure_gap
from syncd.sources import listing, rss
from syncd.usecases.inspect import host_checks
from syncd.usecases.inspect.folder_trials import try_folders
from syncd.usecases.inspect.host_checks import Check, Grade, Host
from syncd.usecases.inspect.page_checks import examine_pages
from syncd.usecases.inspect.status import status
from syncd.usecases.process import Limits, environment, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from syncd.config import Config
    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response

FAR = timedelta(minutes=1)
"""From this difference to arXiv's clock on, the doctor warns."""

_LIMITS = Limits(timedelta(seconds=10), most=10_000)


def this_host(environ: Mapping[str, str]) -> Host:
    """Return the host as this process sees it."""
    inherited = environment(environ)
    return Host(environ, os.geteuid(), lambda command: run(command, b"", inherited, _LIMITS))


def examine_host(config: Config, host: Host, locks: Path) -> Iterator[Check]:
    """Examine what needs neither database nor network. `locks` is the path of /proc/locks."""
    yield from host_checks.software()
    yield from host_checks.driver(config)
    yield from host_checks.configuration(config)
    yield from host_checks.folders(config, host)
    yield from try_folders(config, host)
    yield from host_checks.locks(config, _text(locks))
    yield host_checks.clock(host)
    yield host_checks.unit(config, host)
    yield from host_checks.hooks(config, host)
    yield from host_checks.publishing(config, host)
    yield from examine_pages(config)


def examine_calendar(config: Config, clock: Callable[[], datetime]) -> Check:
    """Check that arXiv's list of closings is known for the next mailing by the calendar clock."""
    try:
        now = clock()
    except SyncdError as error:
        return Check("calendar", Grade.SKIPPED, error=error)
    table = mailing.add_closings(mailing.calendar(), config.calendar.closings)
    day = mailing.next_announcement(now, table).date() + timedelta(days=1)
    year, added = mailing.find_unlisted_year(day, table), len(config.calendar.closings)
    own = f"; added by the configuration: {added}" if added else ""
    if year is None:
        return Check("calendar", Grade.OK, f"closings are known until {table.covered[1]}{own}")
    effect = "near a usual closing, a missing mailing is reported at a second sign only"
    message = f"no list of closings is known for {year}{own}; {effect}"
    has_own = any(evening.year == year for evening in config.calendar.closings)
    helps = "" if has_own else "install a newer release, or set [calendar] closings"
    return Check("calendar", Grade.OK if has_own else Grade.WARN, message, helps)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def examine_archive(opens: Callable[[], Workspace]) -> tuple[Check, Workspace | None]:
    """Check that database, schema, folder and marker exist and belong together. Return the archive when they do."""
    try:
        work = opens()
        counts = work.store.counts()
    except ArchiveMissing as error:
        return Check("archive", Grade.WARN, error=error), None
    except SyncdError as error:
        return Check("archive", Grade.FAIL, error=error), None
    return Check("archive", Grade.OK, f"{work.database.name}, mailings held: {counts.mailings:,}"), work


def examine_health(work: Workspace) -> Iterator[Check]:
    """Report every open problem: one that no person has acknowledged is a warning, by the one rule of health."""
    found = status(work).troubles
    for trouble in found:
        if trouble.acknowledged is None:
            yield Check("health", Grade.WARN, trouble.message, trouble.help)
        else:
            yield Check("health", Grade.OK, f"acknowledged: {trouble.message}")
    if not found:
        yield Check("health", Grade.OK, "no problem is open")


def may_ask(work: Workspace, host: Host) -> Check | None:
    """Return why this process may not send requests, None when it may: only the owner of the archive can log them."""
    try:
        owner.require(work.folder.root, host.user, ["syncd", "doctor"])
    except SyncdError as error:
        return Check("upstream", Grade.SKIPPED, error=error)
    return None


def examine_upstream(config: Config, web: WebClient) -> Iterator[Check]:
    """Send one request to each of arXiv's services, then compare this host's clock with theirs.

    A host in cooldown, or stopped by a 403, gets no request.
    """
    answers = []
    for subject, url, expect in _questions(config):
        check, answer = _ask(web, subject, url, expect)
        answers += [answer] if answer else []
        yield check
    if apart := [gap for answer in answers if (gap := measure_gap(answer.headers, answer.received)) is not None]:
        yield _clock(min(apart, key=abs))


def _questions(config: Config) -> Iterator[tuple[str, str, str]]:
    upstream, category = config.upstream, config.archive.category
    yield "listing", listing.recent_url(upstream.listing_url, category), "html"
    yield "oai", f"{upstream.oai_url}?verb=Identify", "xml"
    yield "rss", rss.feed_url(upstream.rss_url, category), "xml"
    yield "api", f"{upstream.api_url}?search_query=cat:{category}&max_results=1", "xml"


def _ask(web: WebClient, subject: str, url: str, expect: str) -> tuple[Check, Response | None]:
    try:
        answer = web.get(url, expect=expect)
    except SyncdError as error:
        return Check(subject, Grade.WARN if isinstance(error, CoolingDown) else Grade.FAIL, error=error), None
    return Check(subject, Grade.OK, f"{url} answers ({len(answer.body):,} bytes)"), answer


def _clock(gap: timedelta) -> Check:
    if abs(gap) < FAR:
        return Check("clock", Grade.OK, "agrees with arXiv's to the minute")
    side = "ahead of" if gap > timedelta(0) else "behind"
    return Check(
        "clock", Grade.WARN, f"{abs(gap) // FAR * 60:,} s {side} arXiv's", "synchronise it: timedatectl set-ntp true"
    )
