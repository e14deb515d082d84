"""Complete a digest by a fuller account of its mailing. It never changes a text that is held, and never removes a paper."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core.errors import GuardRefused
from syncd.core.plural import pluralize

if TYPE_CHECKING:
    from syncd.core.model import Digest

_MAX_NAMED = 5


def complete(held: Digest, fuller: Digest) -> Digest | None:
    """Return the held digest with the entries that only the fuller account has, in their places.

    Sections are those of the fuller account, where it has them. None where it has nothing more, and where it contradicts: it
    lacks a paper, or has those that are held in another order.
    """
    ours = {entry.id: entry for entry in held.entries}
    shared = [entry.id for entry in fuller.entries if entry.id in ours]
    if len(shared) == len(fuller.entries) or shared != [entry.id for entry in held.entries]:
        return None
    entries = []
    for entry in fuller.entries:
        known = ours.get(entry.id)
        entries.append(entry if known is None else replace(known, section=entry.section or known.section))
    return replace(held, entries=tuple(entries))


def add_listed(held: Digest, listed: Digest, *, may_complete: bool) -> Digest:
    """Return the held digest with the sections that a listing of its mailing shows, and the papers it lacks if it `may_complete`.

    GuardRefused (`differs-from-held`) where the listing names other papers otherwise, or another order.
    """
    ours, theirs = [entry.id for entry in held.entries], [entry.id for entry in listed.entries]
    if ours != theirs:
        completed = complete(held, listed) if may_complete else None
        if completed is not None:
            return completed
        odd = sorted(set(ours) ^ set(theirs))
        what = f"{pluralize(len(odd), 'paper')}, e.g. {' '.join(odd[:3])}" if odd else "order"
        detail = f"the archive and the listing differ in {what}"
        raise GuardRefused(detail, reason="differs-from-held", day=held.day)
    # The bytes of a mailing never change because its papers were revised: only the sections are taken over.
    entries = (replace(a, section=b.section) for a, b in zip(held.entries, listed.entries, strict=True))
    return replace(held, entries=tuple(entries))


def describe_completion(held: Digest, completed: Digest) -> str:
    """Return in words which papers a digest lacked before it was completed."""
    before = {entry.id for entry in held.entries}
    added = [entry.id for entry in completed.entries if entry.id not in before]
    more = f" and {len(added) - _MAX_NAMED} more" if len(added) > _MAX_NAMED else ""
    count = "1 paper was" if len(added) == 1 else f"{len(added)} papers were"
    return f"completed: {count} missing before, {' '.join(added[:_MAX_NAMED])}{more}"
