"""The rules between keys: those that refuse a configuration, and those that only warn.

It must not read anything but the configuration and, to follow links and find programs, the folders it names.
"""

from __future__ import annotations

import os
import shlex
import stat
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.config.addresses import is_loopback, mask_secrets
from syncd.config.sections import KEYS, SECRETS
from syncd.core.dates import ARXIV_BEGAN
from syncd.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from syncd.config.sections import Config, UpstreamConfig

# arXiv's rules: robots.txt `Crawl-delay: 15`, and three seconds in the terms of use of its APIs.
_PAGES, _APIS = timedelta(seconds=15), timedelta(seconds=3)


def list_upstream_urls(upstream: UpstreamConfig) -> tuple[str, ...]:
    """Return every address that requests may go to."""
    return (upstream.listing_url, upstream.oai_url, upstream.rss_url, upstream.api_url)


def follow_links(path: Path) -> Path:
    """Return the path without links, as far as they lead somewhere. `Path.resolve` raises RuntimeError at a link to itself."""
    return Path(os.path.realpath(path))


def list_broken(config: Config, *, unknown: Collection[str] = ()) -> Iterator[ConfigError]:
    """Yield a mistake for each rule that is broken. A rule about a key whose value is `unknown` is passed over."""
    for keys, detail in _find_broken(config):
        if not set(keys) & set(unknown):
            yield ConfigError(detail, key=keys[0], origin=config.origins.get(keys[0]))


def _find_broken(config: Config) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the keys of each broken rule, the one to blame first, and what it asks for."""
    archive, upstream, schedule = config.archive, config.upstream, config.schedule
    if archive.since < ARXIV_BEGAN:
        yield ("archive.since",), f"must not be before {ARXIV_BEGAN}, when arXiv began"
    if archive.vault and follow_links(archive.vault).is_relative_to(follow_links(archive.root)):
        yield ("archive.vault", "archive.root"), f"must not be inside archive.root ({archive.root})"
    if upstream.listing_interval < _PAGES and not is_loopback(upstream.listing_url):
        yield ("upstream.listing_interval", "upstream.listing_url"), "must be at least 15s, which is arXiv's rule"
    if upstream.api_interval < _APIS and not all(map(is_loopback, list_upstream_urls(upstream)[1:])):
        yield (
            ("upstream.api_interval", "upstream.oai_url", "upstream.rss_url", "upstream.api_url"),
            "must be at least 3s, which is arXiv's rule",
        )
    if schedule.poll_from == schedule.poll_until:
        yield ("schedule.poll_until", "schedule.poll_from"), "must differ from schedule.poll_from"


def find_program(line: str, path: str | None) -> tuple[str, str | None]:
    """Return the program that a command names, and its file in `path`, the folders of $PATH. None where there is none."""
    import shutil

    program = shlex.split(line)[0]
    return program, shutil.which(program, path=path)


def list_missing_programs(config: Config, path: str | None) -> Iterator[ConfigError]:
    """Yield a mistake for each hook whose program is not in `path`, the folders of $PATH. At run time a hook just fails."""
    for found in fields(config.hooks):
        key = f"hooks.{found.name}"
        for line in getattr(config.hooks, found.name):
            program, file = find_program(line, path)
            if file is None:
                yield ConfigError(f"no program {program} is found", key=key, origin=config.origins.get(key))


def list_warnings(config: Config, category: object) -> Iterator[str]:
    """Yield a sentence about each setting that works but is probably a mistake. `category` is the name that was given."""
    if category != config.archive.category:
        yield f"archive.category: {category} is read as {config.archive.category}, arXiv's name of the same category"
    if not config.searched and not config.upstream.contact.strip():
        yield "upstream.contact is empty: arXiv cannot tell you when something goes wrong"
    if config.publish.push and not config.publish.git:
        yield "publish.push has no effect without publish.git"


def list_exposed_secrets(config: Config) -> Iterator[str]:
    """Yield a sentence about each password in a configuration file that every user of this host can read."""
    if config.path is None or not _is_open(config.path):
        return
    for name in SECRETS:
        if config.origins.get(name) == str(config.path) and _has_password(config, name):
            yield (
                f"{name} contains a password, and every user of this host can read {config.path}; "
                f"put it into a file of mode 0600 and name that file in {name}_file"
            )


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def _has_password(config: Config, name: str) -> bool:
    section, _, key = KEYS[name].name.partition(".")
    value = getattr(getattr(config, section), key)
    return value is not None and mask_secrets(value) != value
