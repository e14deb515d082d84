"""`syncd backfill`: what it says of work that it could not do."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

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


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"# A set\n\nof metadata\n", "is not the metadata set: it is not JSON with one object in each line"),
        (b"[{}]\n", "is not the metadata set: it is a JSON array, not one object in each line"),
        (b"\n\n\n", "is not the metadata set: it is empty"),
        (b"PK\x03\x04 and no zip", "cannot be used: File is not a zip file"),
        (b"\x1f\x8b\x08\x00 and no gzip", "cannot be used: cut or damaged: "),
    ],
)
def test_run_and_plan_refuse_a_file_that_is_no_snapshot_with_the_same_words(
    held: Shell, content: bytes, why: str
) -> None:
    path = held.folder / "set"
    path.write_bytes(content)
    command = ("backfill", "--since", "2026-06-30", "--snapshot", str(path))
    plan, run = held(*command, "--plan"), held(*command)
    assert (plan.code, run.code, plan.err) == (2, 2, run.err)
    assert why in " ".join(run.err.split())
