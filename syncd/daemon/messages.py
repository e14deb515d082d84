"""What passes between the daemon and the process that makes one turn for it: light values only.

The daemon itself loads neither the database's library nor the network's; idle, it is a third of the size. It must not import
anything that does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from syncd.daemon.state import Own

if TYPE_CHECKING:
    from syncd.config import Config
    from syncd.core.health import Trouble

LIFE = b"."
"""What a line begins with that only says that the turn goes on, and perhaps with what; any other is the report."""


class Mode(StrEnum):
    """What the turn is to be."""

    PREPARE = "prepare"
    """Open or make the archive, bring its schema up to date, finish what was interrupted."""
    STEP = "step"
    """Do all that is due."""
    FOLLOW = "follow"
    """Write and check the files of what another host archived."""
    TELL = "tell"
    """Do nothing but tell of `trouble`."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What one turn hands to the next, besides what it wrote down."""

    own: Own = field(default_factory=Own)
    unpublished: datetime | None = datetime(2000, 1, 1, tzinfo=UTC)
    publishing: tuple[Trouble, ...] = ()
    unkept: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Errand:
    """One turn to be made.

    `kept` is None when nothing is remembered but what stands in folder and database; `measured` asks for sizes and counts.
    `trouble` is what the daemon saw itself.
    """

    config: Config
    mode: Mode
    kept: Kept | None = None
    measured: bool = False
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a turn says to a monitoring system; absent where the archive could not be looked at (`seen` is false)."""

    seen: bool = False
    well: bool = False
    lag: int = 0
    missed: int = 0
    states: dict[str, int] = field(default_factory=dict)
    rests: dict[str, float] = field(default_factory=dict)
    open: tuple[str, ...] = ()
    work: tuple[tuple[str, float, bool], ...] = ()
    found: tuple[str, ...] = ()
    requests: dict[tuple[str, str], int] = field(default_factory=dict)
    database_bytes: int = 0
    folder_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a turn: when the next one is due, the line for `systemctl status`, and what is to be kept.

    `prepared` is false where the archive could not even be opened, which may pass. `unfit` says that another host, if there is
    one, had better lead: this one's disk or database refuses, or mailings are missed and arXiv does not answer it.
    """

    next: datetime
    status: str
    kept: Kept
    figures: Figures
    prepared: bool = True
    unfit: bool = False
