"""What is to be told to the commands a person wants run, as values that outlive the process; nothing is told here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from syncd.core.health import Trouble
    from syncd.core.results import DayOutcome

Event = Literal["new", "problem", "recovered"]


@dataclass(frozen=True, slots=True)
class Note:
    """One event and its facts; a fact is a word, a number or None."""

    event: Event
    facts: Mapping[str, str | int | None]


def notes(new: Sequence[DayOutcome], raised: Sequence[Trouble], over: Sequence[Trouble]) -> Iterator[Note]:
    """What a turn has to tell: new mailings by date, then what is wrong for the first time, then what is over."""
    for outcome in sorted(new, key=lambda outcome: str(outcome.day)):
        yield Note("new", _mailing(outcome))
    for trouble in raised:
        yield Note("problem", _trouble(trouble) | {"message": trouble.message, "help": trouble.help})
    for trouble in over:
        yield Note("recovered", _trouble(trouble) | {"message": f"over: {trouble.message or trouble.key}"})


def _mailing(outcome: DayOutcome) -> dict[str, str | int | None]:
    return {
        "date": str(outcome.day),
        "papers": outcome.papers,
        "path": outcome.path,
        "state": outcome.state.value if outcome.state else None,
        "source": outcome.source,
    }


def _trouble(trouble: Trouble) -> dict[str, str | int | None]:
    return {"code": trouble.code, "subject": trouble.subject}
