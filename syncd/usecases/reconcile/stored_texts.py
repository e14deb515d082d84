"""Give mailings of the journal their texts back, from the kept responses that hold them.

accounts ─► responses that they name, each read once ─► texts with the recorded hash ─► digests
                                                    └─► a response is lost: the accounts that needed it, and their papers
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from syncd.archive.files.vault import LOST, raise_passing
from syncd.core import digest as digests
from syncd.core.errors import FolderError, LayoutUnknown, PageError
from syncd.core.markup import abstract_from_raw, title_from_raw
from syncd.core.model import Digest
from syncd.sources import api, listing, oai
from syncd.sources.broken_oai import salvage
from syncd.usecases.reconcile import journal
from syncd.usecases.reconcile.journal import hash_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.archive.files.vault import Vault
    from syncd.core.model import PaperId
    from syncd.usecases.reconcile.journal import Account, AccountEntry, LatestRecord

    _Texts = Mapping[tuple[PaperId, str], tuple[str, str]]

_HEAD = 2000
"""The bytes of a response in which its root element must begin."""


def restore_digests(vault: Vault, accounts: Sequence[Account]) -> Iterator[tuple[Account, Digest | FolderError]]:
    """Yield each account with its digest, or with the error that names the lost responses and what they took along.

    FolderError at a response that the disk does not give now.

    Each response that the accounts name is read once. The texts of all of them are in memory at once: about 150 kB a mailing.
    """
    wanted: dict[str, set[PaperId]] = defaultdict(set)
    for account in accounts:
        for entry in account.entries:
            for sha256 in entry.origin.responses if entry.origin else ():
                wanted[sha256].add(entry.id)
    hashes = {(entry.id, entry.origin.hash) for one in accounts for entry in one.entries if entry.origin}
    found: dict[tuple[PaperId, str], tuple[str, str]] = {}
    lost: dict[str, str] = {}
    for sha256, papers in wanted.items():
        try:
            body = vault.get(sha256)
        except FolderError as error:
            raise_passing(error)
            lost[sha256] = error.detail
            continue
        for paper, title, abstract in list_texts(body, papers):
            key = paper, hash_text(title, abstract)
            if key in hashes:
                found[key] = title, abstract
    yield from ((account, _restore(account, found, lost)) for account in accounts)


def complete_account(account: Account, digest: Digest) -> Digest | None:
    """Return the digest of an account with the texts of another digest of the same papers, None where the papers differ."""
    if [entry.id for entry in account.entries] != [entry.id for entry in digest.entries]:
        return None
    pairs = zip(account.entries, digest.entries, strict=True)
    entries = tuple(ours.with_text(theirs.title, theirs.abstract) for ours, theirs in pairs)
    return Digest(account.mailing.day, account.category, entries, account.mailing.tail)


def find_lost_responses(
    vault: Vault, latest: Mapping[date, LatestRecord], broken: Collection[str] | None = None
) -> dict[str, dict[date, list[PaperId]]]:
    """Return each response that the latest records name and the vault cannot give, with the papers of each day it had texts of.

    `broken` are the hashes of receipts that are known to be missing or damaged. Without it, each response is read.
    """
    named = frozenset[str]().union(*(one.responses for one in latest.values()))
    sound: set[str] = set()
    if broken is not None:
        sound = {receipt.sha256 for receipt in vault.receipts(on_fault=_pass_over)}.difference(broken)
    lost = {sha256 for sha256 in named - sound if sha256 in (broken or ()) or not _has(vault, sha256)}
    days = [day for day, one in latest.items() if one.responses & lost]
    found: dict[str, dict[date, list[PaperId]]] = {sha256: defaultdict(list) for sha256 in lost}
    for account in journal.list_accounts(vault, days, _pass_over) if days else ():
        if account.mailing == latest[account.mailing.day].mailing:
            for entry in account.entries:
                for sha256 in lost.intersection(entry.origin.responses if entry.origin else ()):
                    found[sha256][account.mailing.day].append(entry.id)
    return found


def list_texts(body: bytes, papers: Collection[PaperId]) -> Iterator[tuple[PaperId, str, str]]:
    """Yield title and abstract, in canonical HTML, of those of the papers that a kept response or adopted file holds.

    A response that cannot be read holds nothing.
    """
    try:
        yield from (text for text in _list_all_texts(body, papers) if text[0] in papers)
    except PageError:
        return


def read_metadata(body: bytes) -> oai.Batch:
    """Return a page of bulk metadata as it was harvested: one that is not well-formed record by record."""
    try:
        return oai.read(body)
    except LayoutUnknown:
        return salvage(body)


def _list_all_texts(body: bytes, papers: Collection[PaperId]) -> Iterator[tuple[PaperId, str, str]]:
    head = body[:_HEAD]
    if b"<OAI-PMH" in head:
        for record in read_metadata(oai.cut_out(body, papers)).records:
            yield record.id, title_from_raw(record.title), abstract_from_raw(record.abstract)
    elif b"<feed" in head:
        yield from ((paper.id, paper.title, paper.abstract or "") for paper in api.read(body).papers)
    elif head.lstrip(b"\xef\xbb\xbf").startswith(b"# "):
        digest = digests.read(body).digest
        yield from ((entry.id, entry.title, entry.abstract) for entry in (digest.entries if digest else ()))
    else:
        shown = (paper for block in listing.read(body).blocks for paper in block.papers)
        yield from ((paper.id, paper.title, paper.abstract or "") for paper in shown)


def _has(vault: Vault, sha256: str) -> bool:
    try:
        vault.get(sha256)
    except FolderError as error:
        raise_passing(error)
        return False
    return True


def _pass_over(_error: FolderError) -> None:
    """Leave a fault of the vault to the one who checks it."""


def _restore(account: Account, found: _Texts, lost: Mapping[str, str]) -> Digest | FolderError:
    entries = []
    missing: list[AccountEntry] = []
    for entry in account.entries:
        text = entry.text or (found.get((entry.id, entry.origin.hash)) if entry.origin else None)
        if text is None:
            missing.append(entry)
        else:
            entries.append(entry.with_text(*text))
    if missing:
        return FolderError(_describe_lost(missing, lost), path=str(account.mailing.day), remedy=LOST)
    return Digest(account.mailing.day, account.category, tuple(entries), account.mailing.tail)


def _describe_lost(missing: Iterable[AccountEntry], lost: Mapping[str, str]) -> str:
    """Return in words which responses are lost, why, and how many texts were in them."""
    papers: dict[str, list[PaperId]] = defaultdict(list)
    for entry in missing:
        places = entry.origin.responses if entry.origin else ()
        for sha256 in [place for place in places if place in lost] or places[:1]:
            papers[sha256].append(entry.id)
    return "; ".join(
        f"response {sha256:.12} of the vault is lost ({lost.get(sha256, 'it reads otherwise now')}), "
        f"and with it the text of {ids[0] if len(ids) == 1 else f'{len(ids)} papers, e.g. {ids[0]}'}"
        for sha256, ids in papers.items()
    )
