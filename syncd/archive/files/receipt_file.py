"""The receipts of the vault: what is recorded of a response or a file beside its bytes, and the file of each receipt.

It must not touch the disk.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from syncd.core.errors import READING_ERRORS
from syncd.core.model import Receipt
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

Headers = Iterable[tuple[str, str]]

KINDS = frozenset({"response", "adopted", "placed", "candidate", "edited", "refused"})
"""Accepted response, adopted file, mailings as they were recorded, the losing side of a conflict, a hand edit that was put
aside, a page that broke a guard."""

KEPT_HEADERS = frozenset(
    {"age", "cache-control", "content-type", "date", "expires", "last-modified", "retry-after", "surrogate-key"}
)
"""Headers that help to understand a response later. None that identifies either side, so no cookies."""

HASH = re.compile("[0-9a-f]{64}", re.ASCII)
"""A SHA-256 as the vault writes it."""

_NAME = re.compile(r"(?P<time>\d{8}T\d{6}\.\d{6}Z)-[0-9a-f]{12}(?:-\d+)?\.json", re.ASCII)


@dataclass(frozen=True, slots=True)
class VaultItem:
    """Bytes to keep, of one of the `KINDS`, and where they came from at `received` (aware)."""

    kind: str
    url: str
    status: int
    headers: Headers
    body: bytes
    received: datetime


def build_receipt(item: VaultItem) -> Receipt:
    """Return the receipt of an item. Raise ValueError for an unknown kind, or a time without a time zone."""
    if item.kind not in KINDS:
        raise ValueError(f"not a kind of receipt: {item.kind!r}")
    if item.received.tzinfo is None:
        raise ValueError("the time of receipt has no time zone")
    kept = tuple((name.lower(), value) for name, value in item.headers if name.lower() in KEPT_HEADERS)
    sha256 = hashlib.sha256(item.body).hexdigest()
    return Receipt(sha256, item.kind, item.url, item.status, item.received.astimezone(UTC), kept)


def render(receipt: Receipt) -> bytes:
    """Return the file of a receipt."""
    content = {
        "sha256": receipt.sha256,
        "kind": receipt.kind,
        "url": receipt.url,
        "status": receipt.status,
        "received": receipt.received.isoformat(),
        "headers": receipt.headers,
    }
    return f"{json.dumps(content, indent=1)}\n".encode()


def parse(data: bytes) -> Receipt:
    """Return the receipt that `render` wrote. Raise ValueError for anything else."""
    try:
        content = json.loads(data)
        received = datetime.fromisoformat(content["received"]).astimezone(UTC)
        headers = tuple((str(name), str(value)) for name, value in content["headers"])
        facts = (str(content["kind"]), str(content["url"]), int(content["status"]))
        sha256 = content["sha256"]
    except READING_ERRORS as error:
        raise ValueError("not a receipt") from error
    if not isinstance(sha256, str) or not HASH.fullmatch(sha256):
        raise ValueError("not a hash")
    return Receipt(sha256, *facts, received, headers)


def is_same(data: bytes, receipt: Receipt) -> bool:
    """Return whether `data` is a receipt of the same body, url, kind and time. The headers may differ."""
    try:
        found = parse(data)
    except ValueError:
        return False
    return (found.sha256, found.kind, found.url, found.received) == (
        receipt.sha256,
        receipt.kind,
        receipt.url,
        receipt.received,
    )


def format_stamp(moment: datetime) -> str:
    """Return a moment as the name of a receipt begins: its UTC time to the microsecond. Stamps sort as their moments do."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"


def list_paths(receipt: Receipt) -> Iterator[str]:
    """Yield the possible paths of a receipt. Those after the first are for the same bytes from elsewhere at the same time."""
    stem = f"receipts/{receipt.received:%Y/%m}/{format_stamp(receipt.received)}-{receipt.sha256[:12]}"
    yield f"{stem}.json"
    yield from (f"{stem}-{number}.json" for number in count(2))


def has_receipt_name(path: str) -> bool:
    """Return whether a file is named as a receipt is."""
    return _NAME.fullmatch(path.rpartition("/")[2]) is not None


def sort_key(path: str) -> tuple[str, str, int]:
    """Return what the paths of receipts are sorted by: time, hash, and the order in which they were put."""
    moment, sha12, *number = path.rpartition("/")[2].removesuffix(".json").split("-")
    return moment, sha12, int(number[0]) if number else 1
