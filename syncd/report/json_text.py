"""Write one JSON object, as every command prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = 1


def as_json(fields: Mapping[str, object]) -> str:
    """Return one JSON object with the schema number first."""
    import json

    return json.dumps({"schema": SCHEMA, **fields}, ensure_ascii=False, indent=2, default=str)
