"""What a database is called where people see it: its URL without a password."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import URL

_SECRET = re.compile(r"pass(word|file)?$", re.IGNORECASE)


def hide_secrets(url: URL) -> str:
    """Return the URL without a password, before the host and among the options."""
    shown = url.difference_update_query([key for key in url.query if _SECRET.search(key)])
    return shown.render_as_string(hide_password=True).replace("sqlite+pysqlite:", "sqlite:", 1)
