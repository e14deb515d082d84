"""The only way out: one polite request at a time, within limits. It knows no archive and reads no page."""

from syncd.web.client import PoliteClient
from syncd.web.http_exchange import Response
from syncd.web.ledger_protocol import Ledger
from syncd.web.settings import ClientSettings

__all__ = ["ClientSettings", "Ledger", "PoliteClient", "Response"]
