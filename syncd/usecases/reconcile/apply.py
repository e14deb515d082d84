"""Carry out what was decided about a date, under the write lock that the caller holds.

This module decides nothing: `syncd.core.reconcile` does. Bytes that are replaced are kept aside in the vault first.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core import coverage
from syncd.core import digest as digests
from syncd.core.errors import FolderError
from syncd.core.model import Digest, Paragraphs, State
from syncd.core.reconcile import Verb
from syncd.core.results import DayOutcome, Done
from syncd.usecases.reconcile.journal import ACCEPTED, name_origins, record_in_journal
from syncd.usecases.reconcile.write import Provenance, keep_aside, make_mailing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from syncd.archive.sql.mailings import MailingRecord
    from syncd.core.model import FileStat, Mailing, PaperId
    from syncd.core.reconcile import Action
    from syncd.usecases.reconcile.day_state import DayContent
    from syncd.usecases.reconcile.journal import Origin
    from syncd.usecases.workspace import Workspace

_ACCEPTED = f"; {ACCEPTED}"
DONE = {
    Verb.WRITE_FILE: Done.RESTORED,
    Verb.RESTORE_FILE: Done.RESTORED,
    Verb.CLOSE_CONFLICT: Done.RESTORED,
    Verb.RECORD_AGREEMENT: Done.REGISTERED,
    Verb.RECORD_EVENT: Done.REGISTERED,
    Verb.READ_FILE: Done.REGISTERED,
    Verb.REREAD_ROWS: Done.RESTORED,
    Verb.RESTORE_ROWS: Done.RESTORED,
    Verb.REMOVE_ROWS: Done.RESTORED,
    Verb.ACCEPT_FILE: Done.ACCEPTED,
}


def apply(work: Workspace, content: DayContent, action: Action) -> DayOutcome:
    """Carry out an action and return the date as it is afterwards.

    ValueError for an action that is not about file and rows (fetching, committing, asking a person).
    """
    day = action.day
    match action.verb:
        case Verb.WRITE_FILE | Verb.RESTORE_FILE:
            _write_file(work, content, action.verb)
        case Verb.READ_FILE | Verb.REREAD_ROWS | Verb.ACCEPT_FILE:
            _read_file_into_rows(work, content, action.verb)
        case Verb.RESTORE_ROWS if content.account is not None:
            _restore_from_vault(work, content, content.account)
        case Verb.REMOVE_ROWS:
            _keep_rows_aside(work, content)
            work.store.remove_mailing(day)
        case Verb.RECORD_AGREEMENT if content.row is not None:
            _record_agreement(work, day, content.row.sha256, content.stat)
        case Verb.RECORD_EVENT:
            work.store.restore_history(day)
        case Verb.CLOSE_CONFLICT:
            work.store.drop_finding(day)
        case _:
            raise ValueError(f"{action.verb!r} of {day} is not about file and rows")
    return make_outcome(work, day, DONE[action.verb])


def apply_or_refuse(work: Workspace, content: DayContent, action: Action) -> DayOutcome:
    """Carry out an action. What the disk refuses is the error of its date, so that the others go on."""
    try:
        return apply(work, content, action)
    except FolderError as error:
        return replace(make_outcome(work, action.day, Done.REFUSED), error=error)


def make_outcome(work: Workspace, day: date, action: Done) -> DayOutcome:
    """Return a date as the coverage has it now."""
    return make_outcomes(work, {day: action})[day]


def make_outcomes(work: Workspace, actions: Mapping[date, Done]) -> dict[date, DayOutcome]:
    """Return dates as the coverage has them now, each with what was done."""
    reports = (report for report in work.reports(min(actions), max(actions)) if report.day in actions)
    return {
        one.day: DayOutcome(
            one.day, one.state, actions[one.day], work.folder.path_of(one.day), one.papers, source=one.source
        )
        for one in reports
    }


def _write_file(work: Workspace, content: DayContent, verb: Verb) -> None:
    """Write the file from the rows. The bytes of a file that stands there are kept aside, and a choice closes the conflict."""
    day, is_chosen = content.state.day, verb is Verb.RESTORE_FILE
    row, data = render_rows(content)
    if content.file is not None:
        keep_aside(work, work.folder.path_of(day), content.file, kind="edited" if is_chosen else "candidate")
    if is_chosen:
        work.store.drop_finding(day)
    # This stat, not one taken later: by then a person may have changed the file again.
    stat = work.folder.write(day, data)
    work.steps("file")
    _record_agreement(work, day, row.sha256, stat)


def render_rows(content: DayContent) -> tuple[Mailing, bytes]:
    """Return the record of a date whose rows are held, with the file that they give. ValueError where there is none."""
    if content.row is not None and content.rendered is not None:
        return content.row, content.rendered
    if content.row is None or content.digest is None:
        raise ValueError(f"no row to write {content.state.day} from")
    return content.row, digests.render(content.digest)


def _record_agreement(work: Workspace, day: date, sha: str, stat: FileStat | None) -> None:
    """Record that file and row have this hash, and close an open finding: a date whose mailing is held waits no longer.

    A conflict stays recorded until a person has chosen.
    """
    found = work.store.finding(day)
    if found is not None and coverage.is_open(found.state):
        work.store.drop_finding(day)
    if stat is not None:
        work.store.record_agreement(day, sha, stat, work.wall())


def _read_file_into_rows(work: Workspace, content: DayContent, verb: Verb) -> None:
    """Replace the rows by the text of the file. The rendering of rows that are replaced is kept aside."""
    day = content.state.day
    if verb is not Verb.READ_FILE:
        _keep_rows_aside(work, content)
    if verb is not Verb.REREAD_ROWS:
        work.store.drop_finding(day)
    record, origins = read_record(work, content, verb)
    if origins is not None:
        # A kill between the journal and the rows leaves a record too many, which does no harm.
        record_in_journal(work, [record], {day: origins})
    # A damaged text that the mailing has no more would stay in its paper.
    work.store.restore_texts([record] if content.account is None else [content.account, record])
    work.store.put_mailing(*record)
    work.steps("row")
    _record_agreement(work, day, record[0].sha256, content.stat)


def read_record(
    work: Workspace, content: DayContent, verb: Verb
) -> tuple[MailingRecord, Mapping[PaperId, Origin] | None]:
    """Return the mailing in the file as it is to be recorded. What was known of each paper stays known.

    The account that the vault has of this very text is taken as it is, and there are no origins. Without one, the journal
    lacks the mailing, and the origins say where its texts are kept.
    """
    day, digest, data = content.state.day, content.from_file, content.file
    if not isinstance(digest, Digest) or data is None:
        raise ValueError(f"no digest in the file of {day}")
    if content.account is not None and content.account[0].sha256 == content.state.file:
        return content.account, None
    how = _find_provenance(work, content, digest, verb)
    digest = _copy_known_facts(digest, _find_known_facts(content))
    # A file that is adopted here lies in the vault under this very hash.
    kept = how.response if how.response == content.state.file else None
    return (make_mailing(digest, data, how, work), digest), name_origins(digest.entries, kept)


def _restore_from_vault(work: Workspace, content: DayContent, account: MailingRecord) -> None:
    """Write rows and file from the account in the vault. Another file that stands there is kept aside."""
    day, (row, digest) = content.state.day, account
    _keep_rows_aside(work, content)
    work.store.restore_texts([account])
    work.store.put_mailing(row, digest)
    work.steps("row")
    if content.file is not None:
        keep_aside(work, work.folder.path_of(day), content.file, kind="edited")
    work.store.drop_finding(day)
    stat = work.folder.write(day, digests.render(digest))
    work.steps("file")
    _record_agreement(work, day, row.sha256, stat)


def _keep_rows_aside(work: Workspace, content: DayContent) -> None:
    """Keep what the present rows render to. Damaged rows that cannot be rendered leave nothing to keep."""
    if content.digest is not None and content.digest.entries:
        with suppress(ValueError, TypeError, AttributeError):
            keep_aside(work, work.folder.path_of(content.state.day), digests.render(content.digest))


def _find_known_facts(content: DayContent) -> Digest | None:
    """Return the digest whose sections, versions and certainties hold: never those of rows that were changed by hand."""
    if content.has_sound_rows:
        return content.digest
    return content.account[1] if content.account is not None else None


def _find_provenance(work: Workspace, content: DayContent, digest: Digest, verb: Verb) -> Provenance:
    """Return how a mailing is known whose rows are read from its file.

    Bytes that were recorded before are known as they were then. A file that nothing is known of is adopted, and kept aside. A
    text that a person accepted keeps its row's provenance, but with other papers than the row's the date is only adopted.
    """
    day, row = content.state.day, content.row
    path = work.folder.path_of(day)
    if verb is Verb.ACCEPT_FILE and row is not None:
        evidence = row.evidence.removesuffix(_ACCEPTED) + _ACCEPTED
        how = Provenance(row.state, row.source, evidence, row.response)
        ours = [entry.id for entry in content.digest.entries] if content.digest else []
        has_same_papers = ours == [entry.id for entry in digest.entries]
        return how if has_same_papers else replace(how, state=State.ADOPTED, source="adopted")
    # The text may have come back after a later one: the last time that it was recorded counts.
    events = [event for event in work.store.history(day) if event.sha256 is not None]
    if last := next((event for event in reversed(events) if event.sha256 == content.state.file), None):
        # To read the newest text again is nothing that happened to the date.
        known = last.recorded if last is events[-1] else None
        return Provenance(last.state, last.source, last.evidence, last.response, recorded=known)
    if row is not None:
        return Provenance(row.state, row.source, row.evidence, row.response)
    kept = keep_aside(work, path, content.file or b"", kind="adopted")
    return Provenance(State.ADOPTED, "adopted", f"heading of the file {path}", kept)


def _copy_known_facts(digest: Digest, held: Digest | None) -> Digest:
    """Return the file's digest with the sections, versions and evidence that the rows have of its papers.

    Sections that make no sense in the order of the file are left out, and so is the version of a text that was edited.
    """
    known = {entry.id: entry for entry in held.entries} if held else {}
    entries = []
    for entry in digest.entries:
        before = known.get(entry.id, entry)
        is_same_text = (entry.title, entry.abstract) == (before.title, before.abstract)
        version = before.version if is_same_text else None
        paragraphs = before.paragraphs if is_same_text else Paragraphs.KEPT
        placed = replace(entry, section=before.section, certainty=before.certainty, reason=before.reason)
        entries.append(replace(placed, version=version, paragraphs=paragraphs))
    if not digests.are_sections_in_order(entries):
        entries = [replace(entry, section=None) for entry in entries]
    copied = replace(digest, entries=tuple(entries))
    completed = digests.add_certain_sections(copied)
    return completed if digests.are_sections_in_order(completed.entries) else copied
