"""Decide what is to be done about a date.

One value says what is known of the date, one table says what follows.

How a use case plans with it: it fills a `DayState` with what it knows and leaves the rest at its default, which means "nothing
special". It asks `decide` (or `plan`, for many dates). Then it carries the `Action` out, or prints it in a dry run. `sync`,
`backfill` and the daemon know which mailings are still to be fetched (`plan_fetches`) and carry out `FETCH`. `publish` knows the
hashes and what the last commit holds, and carries out `COMMIT`. `repair` knows everything, passes a person's `Choice` and carries
out all other verbs. `recover` does the same for the cause "unfinished" alone. `check` knows the hashes, and reports the cause.
`ASK` is for no use case: a person must choose, and `Action.cause` says why.

The first line that fits decides. In the columns `file`, `row` and `agreed` (the hash on which file and row last agreed), F is
the file's hash and R a different one; "-" fits anything.

    file  row   agreed  fact         choice   verb              cause
    ────  ────  ──────  ───────────  ───────  ────────────────  ─────────────────
    none  -     none    unrecorded   -        remove rows       sql-damaged
    F     -     -       believed     -        reread rows       sql-damaged
    F     -     -       corrupt      accept   accept file       sql-damaged
    -     -     -       corrupt      -        ask               sql-damaged
    none  none  -       conflict     -        close conflict    recorded-conflict
    F     none  -       conflict     none     ask               recorded-conflict
    F     F     -       conflict     none     ask               recorded-conflict
    F     F     -       conflict     -        close conflict    recorded-conflict
    F     R     F       conflict     none     ask               recorded-conflict
    F     R     F       conflict     -        close conflict    recorded-conflict
    -     -     -       due          -        fetch             due
    none  none  -       account      -        restore rows      lost
    none  none  none    -            -        -                 -
    none  none  -       -            -        ask               lost
    none  R     R       -            -        write file        file-missing
    none  R     -       -            -        write file        unfinished
    F     none  -       account      restore  restore rows      chosen
    F     none  -       -            restore  ask               no-row
    F     none  -       foreign      accept   read file         chosen
    F     none  -       foreign      -        ask               row-missing
    F     none  none    repeats      none     ask               repeated-papers
    F     none  none    -            -        read file         file-unregistered
    F     none  -       -            -        read file         row-missing
    F     F     F       uncommitted  -        commit            uncommitted
    F     F     F       no-event     -        record event      history-differs
    F     F     F       -            -        -                 -
    F     F     -       -            -        record agreement  unfinished
    F     R     F       -            -        write file        unfinished
    F     R     -       -            restore  restore file      chosen
    F     R     -       -            accept   accept file       chosen
    F     R     R       -            -        ask               file-edited
    F     R     -       -            -        ask               both-changed

Where rows are gone or corrupt, a file is believed only by what was recorded of the date before, in the agreement, the history and
the vault. "unrecorded" are rows of a date of which nothing was recorded. "believed" is a file beside corrupt rows that has the
text recorded last, "foreign" a file that has another one. "account": the vault has the recorded text.

Two conditions hold for every line. A verb that takes the file's text (read file, reread rows, accept file) becomes "ask" with
the cause "file-damaged" when the file is no digest of its date. A verb that replaces one of two different texts (restore file,
accept file, remove rows) becomes "ask" with the cause "no-vault" when no vault keeps the text that is replaced. No text is lost.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from syncd.core import coverage
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from syncd.core.coverage import DayReport


class Verb(StrEnum):
    """What is to be done about a date, in words for a plan."""

    FETCH = "fetch the mailing"
    WRITE_FILE = "write the file from the database"
    READ_FILE = "register the file"
    REREAD_ROWS = "restore the damaged rows to what the file and the vault say"
    RESTORE_ROWS = "bring rows and file back from the vault; a file that stands there is kept aside"
    REMOVE_ROWS = "remove rows of which nothing was ever recorded; their text is kept aside"
    ACCEPT_FILE = "take the edited file into the database"
    RESTORE_FILE = "bring the archive's text back; the file's bytes are kept aside"
    RECORD_EVENT = "write the record of the mailing into the history again"
    RECORD_AGREEMENT = "record that file and database agree"
    CLOSE_CONFLICT = "close the conflict: the archive's text holds"
    COMMIT = "commit the file"
    ASK = "ask a person"


class Cause(StrEnum):
    """Why something is to be done. A cause that `check` reports is a key of `syncd.core.reasons.REASONS`."""

    DUE = "due"
    """The mailing, or the rest of it, is still to be fetched."""
    FILE_MISSING = "file-missing"
    """The file is gone that once agreed with the row."""
    ROW_MISSING = "row-missing"
    """The row is gone that once agreed with a file."""
    UNREGISTERED = "file-unregistered"
    """A file stands there that no row was ever recorded for."""
    UNFINISHED = "unfinished"
    """A run was killed between its writes, or another host recorded a mailing that this host's folder still lacks."""
    UNCOMMITTED = "uncommitted"
    """The last commit of the checkout lacks the file, or has it with other bytes."""
    EDITED = "file-edited"
    """Only the file has changed since both agreed."""
    BOTH_CHANGED = "both-changed"
    """File and row have changed since both agreed, or never agreed."""
    CORRUPT_ROWS = "sql-damaged"
    """The rows are not what was recorded of them."""
    HISTORY = "history-differs"
    """The history lacks the record of the mailing that is held, or has it otherwise."""
    RECORDED_CONFLICT = "recorded-conflict"
    """A mailing with other bytes was offered for this date and kept aside."""
    LOST = "lost"
    """File and row are both gone."""
    NO_ROW = "no-row"
    """A person wants the row's text back, and there is no row."""
    REPEATED_PAPERS = "repeated-papers"
    """The unregistered file repeats papers that were new on another date."""
    UNREADABLE_FILE = "file-damaged"
    """The file is to be read and is no digest of its date."""
    NO_VAULT = "no-vault"
    """One of two texts is to be replaced, and no vault keeps it."""
    CHOSEN = "chosen"
    """A person has chosen which side holds."""


class Choice(StrEnum):
    """What a person has said about dates on which file and row differ."""

    NONE = "none"
    ACCEPT_FILE = "accept"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class DayState:
    """What is known of a date. The hashes are SHA-256 in hex, of the file's bytes and of the row's rendering.

    `agreed` is the hash on which both last agreed. `due` says that the mailing is still to be fetched and the caller may ask
    upstream for it. `is_corrupt`: the rows cannot be trusted. `has_conflict`: a conflict about bytes kept aside is recorded.
    `is_readable`: the file is a digest of this date. `repeats_papers`: most papers of the file were new on another date.
    `has_vault`: a vault keeps text that is replaced. `is_committed`: the last commit holds the file as it is.
    `is_in_history`: the history has the record of the row.

    Only of rows that are gone or corrupt it says what was recorded before: `recorded` is the hash of the text that was recorded
    last. `has_account`: the vault has that text. `has_strays`: there are entries without a mailing.
    """

    day: date
    file: str | None = None
    row: str | None = None
    agreed: str | None = None
    due: bool = False
    is_corrupt: bool = False
    has_conflict: bool = False
    is_readable: bool = True
    repeats_papers: bool = False
    has_vault: bool = True
    is_committed: bool = True
    is_in_history: bool = True
    recorded: str | None = None
    has_account: bool = False
    has_strays: bool = False

    @property
    def known(self) -> str | None:
        """Return the hash of the text by which a file is believed where the rows are gone or corrupt, None if there is none."""
        return self.recorded or self.agreed

    @property
    def is_foreign(self) -> bool:
        """Return whether the file has another text than the one that was recorded, beside rows that are gone or corrupt."""
        has_sound_row = self.row is not None and not self.is_corrupt
        return not has_sound_row and self.file is not None and self.known not in {None, self.file}

    @property
    def is_believed(self) -> bool:
        """Return whether the file says what the corrupt rows must be."""
        known = self.known or self.row
        return self.is_corrupt and self.file is not None and self.file == known

    @property
    def is_unrecorded(self) -> bool:
        """Return whether there are rows of a date of which nothing was ever recorded."""
        return (self.is_corrupt or (self.has_strays and self.row is None)) and self.known is None


@dataclass(frozen=True, slots=True)
class Action:
    """What is to be done about a date, and why. `Verb.ASK` changes nothing until a person has chosen."""

    day: date
    verb: Verb
    cause: Cause


def decide(state: DayState, choice: Choice = Choice.NONE) -> Action | None:
    """Return the action of the first line of the table that fits, None where nothing is to be done."""
    columns = _list_fitting_words(state, choice)
    rule = next(rule for rule in _TABLE if all(word in words for word, words in zip(rule, columns, strict=False)))
    if rule.verb is None or rule.cause is None:
        return None
    if rule.verb in _READING and not state.is_readable:
        return Action(state.day, Verb.ASK, Cause.UNREADABLE_FILE)
    if rule.verb in _REPLACING and not state.has_vault:
        return Action(state.day, Verb.ASK, Cause.NO_VAULT)
    return Action(state.day, rule.verb, rule.cause)


def plan(states: Iterable[DayState], choice: Choice = Choice.NONE) -> Iterator[Action]:
    """Yield the action of every date that needs one, in the order of `states`."""
    for state in states:
        action = decide(state, choice)
        if action is not None:
            yield action


def plan_fetches(reports: Iterable[DayReport]) -> tuple[Action, ...]:
    """Return a `FETCH` for every date that is pending, partial or failed, in the order of `reports`."""
    return tuple(plan(DayState(report.day, due=coverage.is_open(report.state)) for report in reports))


class _Rule(NamedTuple):
    file: str
    row: str
    agreed: str
    fact: str
    choice: str
    verb: Verb | None
    cause: Cause | None


# The lines of the table in the module's docstring, in the same order; a test compares the two.
# fmt: off
_TABLE = (
    # Rows that cannot be trusted: nothing may be written from them, so these lines come before all others.
    _Rule("none", "-", "none", "unrecorded", "-", Verb.REMOVE_ROWS, Cause.CORRUPT_ROWS),
    _Rule("F", "-", "-", "believed", "-", Verb.REREAD_ROWS, Cause.CORRUPT_ROWS),
    _Rule("F", "-", "-", "corrupt", "accept", Verb.ACCEPT_FILE, Cause.CORRUPT_ROWS),
    _Rule("-", "-", "-", "corrupt", "-", Verb.ASK, Cause.CORRUPT_ROWS),
    # A recorded conflict is about bytes kept aside. It may stand beside a file and a row that agree.
    _Rule("none", "none", "-", "conflict", "-", Verb.CLOSE_CONFLICT, Cause.RECORDED_CONFLICT),
    _Rule("F", "none", "-", "conflict", "none", Verb.ASK, Cause.RECORDED_CONFLICT),
    _Rule("F", "F", "-", "conflict", "none", Verb.ASK, Cause.RECORDED_CONFLICT),
    _Rule("F", "F", "-", "conflict", "-", Verb.CLOSE_CONFLICT, Cause.RECORDED_CONFLICT),
    _Rule("F", "R", "F", "conflict", "none", Verb.ASK, Cause.RECORDED_CONFLICT),
    _Rule("F", "R", "F", "conflict", "-", Verb.CLOSE_CONFLICT, Cause.RECORDED_CONFLICT),
    # Only a caller that may ask upstream says "due", and it acts on nothing else.
    _Rule("-", "-", "-", "due", "-", Verb.FETCH, Cause.DUE),
    _Rule("none", "none", "-", "account", "-", Verb.RESTORE_ROWS, Cause.LOST),
    _Rule("none", "none", "none", "-", "-", None, None),
    _Rule("none", "none", "-", "-", "-", Verb.ASK, Cause.LOST),
    _Rule("none", "R", "R", "-", "-", Verb.WRITE_FILE, Cause.FILE_MISSING),
    _Rule("none", "R", "-", "-", "-", Verb.WRITE_FILE, Cause.UNFINISHED),
    # A file without a row.
    _Rule("F", "none", "-", "account", "restore", Verb.RESTORE_ROWS, Cause.CHOSEN),
    _Rule("F", "none", "-", "-", "restore", Verb.ASK, Cause.NO_ROW),
    _Rule("F", "none", "-", "foreign", "accept", Verb.READ_FILE, Cause.CHOSEN),
    _Rule("F", "none", "-", "foreign", "-", Verb.ASK, Cause.ROW_MISSING),
    _Rule("F", "none", "none", "repeats", "none", Verb.ASK, Cause.REPEATED_PAPERS),
    _Rule("F", "none", "none", "-", "-", Verb.READ_FILE, Cause.UNREGISTERED),
    _Rule("F", "none", "-", "-", "-", Verb.READ_FILE, Cause.ROW_MISSING),
    # File and row are the same.
    _Rule("F", "F", "F", "uncommitted", "-", Verb.COMMIT, Cause.UNCOMMITTED),
    _Rule("F", "F", "F", "no-event", "-", Verb.RECORD_EVENT, Cause.HISTORY),
    _Rule("F", "F", "F", "-", "-", None, None),
    _Rule("F", "F", "-", "-", "-", Verb.RECORD_AGREEMENT, Cause.UNFINISHED),
    # File and row differ: the side that still equals the agreement is the older one.
    _Rule("F", "R", "F", "-", "-", Verb.WRITE_FILE, Cause.UNFINISHED),
    _Rule("F", "R", "-", "-", "restore", Verb.RESTORE_FILE, Cause.CHOSEN),
    _Rule("F", "R", "-", "-", "accept", Verb.ACCEPT_FILE, Cause.CHOSEN),
    _Rule("F", "R", "R", "-", "-", Verb.ASK, Cause.EDITED),
    _Rule("F", "R", "-", "-", "-", Verb.ASK, Cause.BOTH_CHANGED),
)
# fmt: on

_READING = frozenset({Verb.READ_FILE, Verb.REREAD_ROWS, Verb.ACCEPT_FILE})
_REPLACING = frozenset({Verb.RESTORE_FILE, Verb.ACCEPT_FILE, Verb.REMOVE_ROWS})


def _list_fitting_words(state: DayState, choice: Choice) -> tuple[set[str], ...]:
    """Return for each of the first five columns of the table the words that fit a date; "-" always does."""
    file = "none" if state.file is None else "F"
    row = "none" if state.row is None else "F" if state.row == state.file else "R"
    match state.agreed:
        case None:
            agreed = "none"
        case state.file:
            agreed = "F"
        case state.row:
            agreed = "R"
        case _:
            agreed = "-"
    facts = {
        "-": True,
        "corrupt": state.is_corrupt,
        "conflict": state.has_conflict,
        "due": state.due,
        "repeats": state.repeats_papers,
        "uncommitted": not state.is_committed,
        "no-event": not state.is_in_history,
        "unrecorded": state.is_unrecorded,
        "believed": state.is_believed,
        "foreign": state.is_foreign,
        "account": state.has_account,
    }
    return {"-", file}, {"-", row}, {"-", agreed}, {fact for fact, holds in facts.items() if holds}, {"-", choice}
