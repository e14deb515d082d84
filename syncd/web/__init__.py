"""The only way to the network: one polite request at a time, within limits.

It must not know the archive or read the content of a page.
"""

from syncd.web.client import PoliteClient
from syncd.web.http_exchange import Response
from syncd.web.ledger_protocol import Ledger
from syncd.web.settings import ClientSettings

__all__ = ["ClientSettings", "Ledger", "PoliteClient", "Response"]
