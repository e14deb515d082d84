"""`syncd backfill`: what it says of work that it could not do."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from syncd.core.mailing import NEW_YORK
from tests.support import faults

if TYPE_CHECKING:
    from syncd.rehearsal.server import Server
    from tests.support.command_line import Shell


def test_months_that_were_not_compared_since_the_run_ended_are_said_to_be_so(syncd: Shell, server: Server) -> None:
    later = datetime(2026, 12, 1, 12, tzinfo=NEW_YORK)
    syncd.at(later)
    server.now = lambda: later
    server.faults.add(faults.status(403).on("/oai*"))
    ended = syncd("backfill", "--since", "2026-07-01", "--until", "2026-07-10", "--verify")
    assert ended.code == 4
    assert "no month was compared with its listing page" in ended.out


def test_a_plan_refuses_what_the_run_would_refuse(held: Shell) -> None:
    ended = held("backfill", "--since", "2026-06-30", "--plan", "--for", "3parsecs")
    assert (ended.code, "3parsecs" in ended.err) == (2, True)
    readme = held.folder / "README.md"
    readme.write_text("# A set\n\nof metadata\n", encoding="utf-8")
    ended = held("backfill", "--since", "2026-06-30", "--plan", "--snapshot", str(readme))
    assert (ended.code, "is not the metadata set" in ended.err) == (2, True)
