"""How many dates of each certainty are expected to be right. It infers none."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from syncd.core.model import Certainty

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPECTED_RIGHT: Mapping[Certainty, float] = MappingProxyType(
    {Certainty.PROVEN: 1.0, Certainty.BOUNDED: 0.998, Certainty.ASSUMED: 0.9998}
)
"""The share of dates that is expected to be right.

Measured on 10,702 papers of 2023, 2024 and 2026 whose dates are known: all of them, every third, and every tenth. With half or a
third of them never modified, more than 73,000 proven dates were all right, and 6,455 of 6,469 bounded ones, which are those
beside a border of two mailings. Without any datestamp, 40,067 of 40,076 assumed ones were right.
"""
