"""Show open troubles as lines: the cause, since when, what to do, and what a person said of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.printable import printable
from syncd.report.error_messages import format_time
from syncd.report.terminal import paint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncd.core.troubles import Trouble


def of_alarms(found: Iterable[Trouble]) -> Iterator[str]:
    """Yield a line for each trouble, and lines below it for the rest that is known of it."""
    nothing = True
    for one in found:
        nothing = False
        yield f"{paint('fault', printable(one.key)) if one.acknowledged is None else printable(one.key)}"
        yield from (f"    {line}" for line in describe(one))
    if nothing:
        yield "no problem is open"


def describe(trouble: Trouble) -> Iterator[str]:
    """Yield the cause, since when it is known, what to do, and who has seen it."""
    since = f", since {format_time(trouble.since)}" if trouble.since is not None else ""
    yield f"{printable(trouble.message)}{since}"
    if trouble.help:
        yield f"to fix it: {printable(trouble.help)}"
    if trouble.acknowledged is not None:
        yield describe_acknowledgement(trouble)


def describe_acknowledgement(trouble: Trouble) -> str:
    """Return who has seen a trouble, when, and what that person said. It is empty without one."""
    seen = trouble.acknowledged
    if seen is None:
        return ""
    note = f": {printable(seen.note)}" if seen.note else ""
    return f"acknowledged by {printable(seen.person)} on {format_time(seen.recorded)}{note}"
