"""The only way out: one polite request at a time, within limits. It knows no archive and reads no page."""

from syncd.web.door import Web
from syncd.web.exchange import Response
from syncd.web.ledger import Ledger
from syncd.web.settings import Settings

__all__ = ["Ledger", "Response", "Settings", "Web"]
