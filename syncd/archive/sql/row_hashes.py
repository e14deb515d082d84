"""A hash over the rows of a mailing, so that a change of any column behind syncd's back is seen.

It is stored with the mailing, in the transaction that writes the rows. The texts are no part of it: the hash of the digest file,
which is a column of the mailing, covers them. Both databases give the same hash. This module holds no query.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from syncd.archive.sql.tables import ENTRY, MAILING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROWS_HASH = MAILING.c.rows_sha256
"""The column that holds the hash."""
HASHED_OF_MAILING = tuple(column for column in MAILING.c if column is not ROWS_HASH)
HASHED_OF_ENTRY = tuple(ENTRY.c)
"""The columns that the hash covers, in their order."""


def hash_rows(mailing: Sequence[object], entries: Iterable[Sequence[object]]) -> str:
    """Return the hash of the row of a mailing and of the rows of its entries by number, each with all columns in their order."""
    text = json.dumps([mailing, *entries], default=_format_value, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _format_value(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    # Only damaged rows have values of other types, such as bytes.
    return value.isoformat() if isinstance(value, date) else repr(value)
