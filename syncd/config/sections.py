"""Every key of the configuration once: its name, type, default and meaning, by section.

It must not check two keys together: that is done in `syncd.config.rules`.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the names of a dataclass's types stay resolvable
from dataclasses import field, fields
from datetime import date, time, timedelta  # noqa: TC003
from pathlib import Path  # noqa: TC003
from typing import Any, TypeVar
from zoneinfo import ZoneInfo  # noqa: TC003

from syncd.config import addresses, kinds
from syncd.config.filenames import FILENAME
from syncd.config.kinds import Kind, optional
from syncd.core.values import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """A key as the file has it: `default` is a TOML value, `name` is dotted (`archive.root`).

    A `secret` is masked wherever it is shown, and may come from the file that the key `<name>_file` names.
    """

    name: str
    kind: Kind[Any]
    default: object
    meaning: str
    secret: bool


def _key(kind: Kind[T], default: object, meaning: str, *, secret: bool = False) -> T:
    metadata = {"kind": kind, "default": default, "meaning": meaning, "secret": secret}
    found: T = field(default=kind.read(default), repr=not secret, metadata=metadata)
    return found


@dataclass(frozen=True, slots=True)
class ArchiveConfig:
    """The digests of the archive."""

    root: Path = _key(kinds.PATH, "archive", "Folder of the digest files.")
    vault: Path | None = _key(optional(kinds.PATH), "vault", 'Folder of raw responses, not inside root; "" keeps none.')
    category: str = _key(kinds.CATEGORY, "cs.CV", "The category that is kept.")
    filename: str = _key(FILENAME, "%Y/%Y-%m-%d.md", "Path of a digest below root: strftime of the listing date.")
    since: date = _key(kinds.DAY, "2020-01-01", "The ledger starts at this listing date.")


@dataclass(frozen=True, slots=True)
class DatabaseConfig:
    """The SQL archive and ledger."""

    url: str = _key(
        addresses.DATABASE,
        "sqlite:///syncd.db",
        "A file (sqlite:///…) or a server (postgresql+psycopg://…).",
        secret=True,
    )
    url_file: Path | None = _key(
        optional(kinds.PATH), "", "File that holds the url, where it has a password. Then leave url as it is."
    )


@dataclass(frozen=True, slots=True)
class UpstreamConfig:
    """arXiv: addresses and rate limits."""

    listing_url: str = _key(addresses.UPSTREAM, "https://arxiv.org", "Listing, catchup and abs pages.")
    oai_url: str = _key(addresses.UPSTREAM, "https://oaipmh.arxiv.org/oai", "OAI-PMH, for bulk metadata.")
    rss_url: str = _key(addresses.UPSTREAM, "https://rss.arxiv.org", "RSS feeds, the second source of a cross-check.")
    api_url: str = _key(addresses.UPSTREAM, "https://export.arxiv.org/api/query", "The API, for the text of a version.")
    contact: str = _key(kinds.TEXT, "", "Your mail address or web page. It is sent in the User-Agent.")
    listing_interval: timedelta = _key(
        kinds.INTERVAL,
        "15s",
        "Time between requests for pages. Less than arXiv's rule is allowed for a loopback host only.",
    )
    api_interval: timedelta = _key(
        kinds.INTERVAL, "3s", "Time between requests to API, OAI and RSS together. The same rule holds."
    )
    timeout: timedelta = _key(
        kinds.DURATION, "30s", "Longest silence in each step of a request, which is given up after four times this."
    )
    max_body: int = _key(kinds.SIZE, "64MiB", "Largest response that is read, after decompression.")
    ledger: str | None = _key(
        optional(addresses.DATABASE),
        "",
        "Database of requests that several archives on one machine share. Empty: the archive's own.",
        secret=True,
    )
    ledger_file: Path | None = _key(optional(kinds.PATH), "", "File that holds the ledger's url.")
    proxy: str | None = _key(
        optional(addresses.PROXY), "", "Proxy for all requests. Proxies in the environment are ignored.", secret=True
    )
    proxy_file: Path | None = _key(optional(kinds.PATH), "", "File that holds the proxy's url.")
    ca_file: Path | None = _key(
        optional(kinds.PATH), "", "File of certificates (PEM) that are trusted beside those of the system."
    )


@dataclass(frozen=True, slots=True)
class CalendarConfig:
    """What is known of arXiv's calendar beside the published table that syncd brings along."""

    closings: tuple[date, ...] = _key(
        kinds.EVENINGS,
        [],
        "Evenings (New York) without an announcement that arXiv published after this release, for example [2027-01-01]. "
        "A Friday cancels the mailing of the Sunday after it.",
    )


@dataclass(frozen=True, slots=True)
class ScheduleConfig:
    """When the daemon looks for a mailing and checks the archive."""

    timezone: ZoneInfo = _key(kinds.ZONE, "America/New_York", "Time zone of the two times below. This one is arXiv's.")
    poll_from: time = _key(kinds.CLOCK, "20:00", "A mailing is expected from this time on.")
    poll_every: timedelta = _key(kinds.DURATION, "15m", "Time between two requests until it is there.")
    poll_until: time = _key(
        kinds.CLOCK, "06:00", "Stop looking at this time, of the next day if it is earlier than poll_from."
    )
    recheck: bool = _key(
        kinds.FLAG,
        default=True,
        meaning="After each new mailing, compare the last five with one /recent page. Differences are reported, never written.",
    )
    check_every: timedelta = _key(
        kinds.DURATION, "1d", "Check a part of the files this often, and all of them once a week."
    )


@dataclass(frozen=True, slots=True)
class GuardsConfig:
    """What a page must not do to the archive."""

    allow_shrink: bool = _key(kinds.FLAG, default=False, meaning="Let a mailing be replaced by one with fewer papers.")


@dataclass(frozen=True, slots=True)
class PublishConfig:
    """The archive as a git repository."""

    git: bool = _key(
        kinds.FLAG, default=False, meaning="Make one commit per mailing, with the listing date as author date."
    )
    push: bool = _key(kinds.FLAG, default=False, meaning="Push after a commit.")
    index: bool = _key(
        kinds.FLAG,
        default=False,
        meaning="Keep a README of all years and of each, and feed.atom, in the repository. The same on every host.",
    )


@dataclass(frozen=True, slots=True)
class HooksConfig:
    """Commands to run. They get the facts in SYNCD_* variables and as JSON on stdin."""

    on_new: tuple[str, ...] = _key(kinds.COMMANDS, [], "A mailing was written.")
    on_match: tuple[str, ...] = _key(kinds.COMMANDS, [], "A new mailing has papers that a saved search finds.")
    on_problem: tuple[str, ...] = _key(kinds.COMMANDS, [], "Something needs a person.")
    on_recovered: tuple[str, ...] = _key(kinds.COMMANDS, [], "What needed a person is over.")


@dataclass(frozen=True, slots=True)
class SearchesConfig:
    """Saved searches: a query under each name, for example nerf = 'radiance field* OR author:"Kaiming He"'."""

    queries: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MetricsConfig:
    """What a monitoring system may read."""

    listen: tuple[str, int] | None = _key(
        optional(addresses.LISTEN), "", 'Address that serves /metrics and /healthz, for example "127.0.0.1:9464".'
    )
    textfile: Path | None = _key(optional(kinds.PATH), "", "File with the same facts for node_exporter.")


@dataclass(frozen=True, slots=True)
class ServeConfig:
    """The archive as web pages that only read: syncd serve, of the extra syncd[web]."""

    listen: tuple[str, int] = _key(addresses.LISTEN, "127.0.0.1:8080", "Address and port of the pages.")
    base_url: str | None = _key(
        optional(addresses.SITE),
        "",
        'Where people reach the pages, for example "https://example.org/digests". Feeds use it, and links begin with its path.',
    )
    trusted_proxies: tuple[str, ...] = _key(
        addresses.NETWORKS,
        [],
        'Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, for example ["127.0.0.1"].',
    )


@dataclass(frozen=True, slots=True)
class LogConfig:
    """What is logged on stderr."""

    level: str = _key(kinds.one_of("debug", "info", "warning", "error"), "info", "debug, info, warning or error.")
    format: str = _key(kinds.one_of("auto", "text", "json", "journal"), "auto", "auto, text, json or journal.")


@dataclass(frozen=True, slots=True)
class Config:
    """The effective configuration: every path and SQLite url absolute.

    `origins` holds the origin of every key: `default`, a file, a `SYNCD_…` variable or `flag`. `path` is the file that was
    read, None if there was none. `searched` is not empty where nothing was configured at all, neither by a file nor by a
    variable: the files that were looked for. `warnings` are sentences for a person.
    """

    archive: ArchiveConfig = ArchiveConfig()
    database: DatabaseConfig = DatabaseConfig()
    upstream: UpstreamConfig = UpstreamConfig()
    calendar: CalendarConfig = CalendarConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    guards: GuardsConfig = GuardsConfig()
    publish: PublishConfig = PublishConfig()
    hooks: HooksConfig = HooksConfig()
    searches: SearchesConfig = SearchesConfig()
    metrics: MetricsConfig = MetricsConfig()
    serve: ServeConfig = ServeConfig()
    log: LogConfig = LogConfig()
    path: Path | None = None
    searched: tuple[Path, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def describe_missing(self) -> str:
        """Return that no configuration was found, and where it was looked for. The text is empty where there is one."""
        return f"no configuration found (looked in {', '.join(map(str, self.searched))})" if self.searched else ""

    def describe_origin(self) -> str:
        """Return the file that was read, or what was used instead of one."""
        return str(self.path) if self.path else self.describe_missing() or "no file, variables and default values"


SECTIONS: Mapping[str, type[Any]] = {
    "archive": ArchiveConfig,
    "database": DatabaseConfig,
    "upstream": UpstreamConfig,
    "calendar": CalendarConfig,
    "schedule": ScheduleConfig,
    "guards": GuardsConfig,
    "publish": PublishConfig,
    "hooks": HooksConfig,
    "searches": SearchesConfig,
    "metrics": MetricsConfig,
    "serve": ServeConfig,
    "log": LogConfig,
}
KEYS: Mapping[str, Key] = {
    f"{section}.{found.name}": Key(f"{section}.{found.name}", **found.metadata)
    for section, kind in SECTIONS.items()
    for found in fields(kind)
    if found.metadata
}
"""Every key by its dotted name, in the order of the template. Saved searches have names of their own."""

SECRETS = tuple(name for name, key in KEYS.items() if key.secret)
