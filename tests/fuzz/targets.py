"""The readers of syncd, each as a function of bytes with the exceptions that it may raise, and sound inputs to begin with."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from syncd.archive.files import host_state, marker
from syncd.archive.files.vault import open_vault
from syncd.archive.sql.database import open_database
from syncd.archive.sql.store import Store
from syncd.config import load
from syncd.core import digest as digests
from syncd.core.errors import SyncdError
from syncd.core.query import parse_query
from syncd.daemon import state
from syncd.rehearsal.history import NEW_YORK, small_history
from syncd.rehearsal.scene import scene
from syncd.rehearsal.server import Server, config_text
from syncd.sources import api, listing, oai, rss, snapshot
from syncd.web.retry_after import read_retry_after
from tests.support.command_line import DAYS
from tests.support.small_archive import noon
from tests.support.snapshot_lines import snapshot_line
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = datetime(2026, 7, 13, 12, tzinfo=NEW_YORK)
PAGES = {
    "listing-new": ("/list/cs.CV/new",),
    "listing-recent": ("/list/cs.CV/recent", "/list/cs.CV/recent?skip=25&show=25"),
    "listing-catchup": ("/catchup/cs.CV/2026-07-09?abs=True", "/catchup/cs.CV/2026-07-06?abs=True"),
    "listing-month": ("/list/cs.CV/2026-07?show=2000",),
    "rss": ("/rss/cs.CV",),
    "api": ("/api/query?id_list=2606.31288v1,2607.02502v1", "/api/query?id_list=x"),
    "oai": ("/oai?verb=ListRecords&metadataPrefix=arXivRaw&set=cs:cs:CV&from=2026-06-01", "/oai?verb=x"),
}


@dataclass(frozen=True)
class Target:
    """A reader. `read` may raise what is in `allowed` and nothing else."""

    name: str
    read: Callable[[bytes], object]
    corpus: tuple[bytes, ...]
    allowed: tuple[type[Exception], ...] = (SyncdError,)


def make_targets(room: Path) -> Iterator[Target]:
    """Yield all targets. Those that read a file keep it in `room`."""
    yield from _make_sources()
    copy_synced(room / "made", noon(DAYS[3]))
    files = [path for path in (room / "made").rglob("*") if path.is_file()]
    yield Target("digest", _read_digest, tuple(path.read_bytes() for path in files if path.suffix == ".md"))
    records = [found for found in map(scene(small_history(), NOW, NOW - NOW).record, small_history().by_id) if found]
    lines = b"\n".join(snapshot_line(found).encode() for found in records[:6]) + b"\n"
    yield Target("snapshot", _read_snapshot, (lines, lines.splitlines()[0] + b"\n"))
    yield Target(
        "headers", _read_headers, tuple(map(str.encode, ("120", "Fri, 31 Dec 9999 23:59:59 GMT", "0.5", "1e9")))
    )
    yield Target(
        "query", _read_query, tuple(map(str.encode, ('"deep im*" author:li', "since:2026-07 -x OR (a b)", "id:2607*")))
    )
    yield from _make_files(room, files)


def _make_sources() -> Iterator[Target]:
    server = Server(small_history(), lambda: NOW)
    readers = {"rss": rss.read, "api": api.read, "oai": oai.read}
    for name, addresses in PAGES.items():
        corpus = tuple(server.answer(address, (), 0)[0].body for address in addresses)
        yield Target(name, readers.get(name, _read_listing), corpus)
    server._listener.server_close()


def _make_files(room: Path, files: list[Path]) -> Iterator[Target]:
    server = Server(small_history(), lambda: NOW)
    server._listener.server_close()
    toml = config_text(server, "/nowhere").encode()
    yield Target("toml", partial(_read_toml, room), (toml, b"[schedule]\npoll_every = '5m'\n[hooks]\non_new = ['a']\n"))
    markers = tuple(path.read_bytes() for path in files if path.name == marker.NAME)
    yield Target("marker", partial(_read_marker, room), markers)
    notes = state.format_host(state.DaemonState(checked=datetime(2026, 7, 7, tzinfo=UTC))).encode()
    yield Target("notes", partial(_read_notes, room), (notes, b'{"faults": []}'))
    receipts = tuple(path.read_bytes() for path in files if "receipts" in path.parts)
    yield Target("vault", partial(_read_vault, room), receipts[:4])
    (database,) = (path for path in files if path.name == "syncd.db")
    yield Target("database", partial(_read_database, room), (database.read_bytes(),))


def _read_listing(data: bytes) -> object:
    page = listing.read(data)
    if page.kind == "recent":
        return listing.list_recent_days([page])
    if page.kind == "month":
        return listing.month_ids([page])
    return listing.assemble([page], "cs.CV", page.day)


def _read_digest(data: bytes) -> object:
    parsed = digests.parse(data)
    return digests.render(parsed.digest) if parsed.digest is not None and not parsed.issues else None


def _read_snapshot(data: bytes) -> object:
    return list(snapshot.read_lines(data.split(b"\n"), "cs.CV"))


def _read_headers(data: bytes) -> object:
    return read_retry_after([data.decode("latin-1")], data[::-1].decode("latin-1"), NOW.astimezone(UTC))


def _read_query(data: bytes) -> object:
    return parse_query(data.decode("utf-8", "replace"))


def _read_toml(room: Path, data: bytes) -> object:
    (room / "config.toml").write_bytes(data)
    return load(room / "config.toml", {}, {}, folder=room)


def _read_marker(room: Path, data: bytes) -> object:
    (room / marker.NAME).write_bytes(data)
    return marker.read(room)


def _read_notes(room: Path, data: bytes) -> object:
    (room / host_state.STATE_FILE).write_bytes(data)
    return state.load(room), state.with_shared(state.DaemonState(), data.decode("utf-8", "replace"))


def _read_vault(room: Path, data: bytes) -> object:
    folder = room / "vault" / "receipts" / "2026" / "07"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "20260707T160000.000000Z-000000000000.json").write_bytes(data)
    vault = open_vault(room / "vault")
    return list(vault.receipts(on_fault=lambda *_fault: None)), list(vault.verify())


def _read_database(_room: Path, data: bytes) -> object:
    """Open a damaged database, and read what every command reads."""
    with TemporaryDirectory(dir=_room) as folder:
        (file := _path(folder)).write_bytes(data)
        with closing(open_database(f"sqlite:///{file}", create=False)) as database:
            store = Store(database, "")
            return [
                store.mailings(),
                list(store.digests()),
                store.identity(),
                len(json.dumps(str(database.find_faults()))),
            ]


def _path(folder: str) -> Path:
    from pathlib import Path

    return Path(folder) / "syncd.db"
