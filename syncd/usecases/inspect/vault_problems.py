"""Name the parts of the vault that are lost or damaged, and what they take along. This module changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.model import Receipt
from syncd.core.plural import pluralize
from syncd.core.reasons import REASONS
from syncd.usecases.inspect.day_problems import make_problem
from syncd.usecases.reconcile.journal import KIND as JOURNAL
from syncd.usecases.reconcile.journal import describe_days, read_latest
from syncd.usecases.reconcile.response_locations import find_hosts_with_responses
from syncd.usecases.reconcile.stored_texts import find_lost_responses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from syncd.core.errors import FolderError
    from syncd.core.model import Mailing, PaperId
    from syncd.core.results import Problem
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace


def find_vault_problems(work: Workspace, mailings: Mapping[date, Mailing], control: RunControl) -> Iterator[Problem]:
    """Yield the kept responses that are not as received, and those that are gone that this host received for its mailings."""
    if work.config.archive.vault is None:
        return
    broken = dict(work.vault.verify(control.count("checking kept responses", "response")))
    wanted = {row.response: day for day, row in mailings.items() if row.response}
    lost = find_lost_responses(work.vault, read_latest(work.vault, on_fault=_pass_over), broken)
    faulty, named, receipts = dict.fromkeys(lost, "missing") | broken, set[str](), dict[str, Receipt]()
    for receipt in work.vault.receipts(on_fault=_pass_over):
        named.add(receipt.sha256)
        if receipt.sha256 in faulty:
            receipts[receipt.sha256] = receipt
    for sha, why in sorted(faulty.items()):
        code, texts = f"vault-{why}", lost.get(sha, {})
        day = wanted.get(sha) or (min(texts) if len(texts) == 1 else None)
        meaning = "a raw response is not in the vault" if why == "missing" and day is None else REASONS[code].meaning
        message = f"{sha[:12]}: {meaning}{_describe_loss(receipts.get(sha), texts)}"
        yield make_problem(code, day, None, message)
    on_other_hosts = find_hosts_with_responses(work)
    for sha, day in wanted.items():
        # The name of a receipt that cannot be read has the first digits of the hash.
        is_named = sha in named or sha in lost or any(sha[:12] in part for part in broken)
        if not is_named and day not in on_other_hosts:
            yield make_problem("vault-missing", day, None)


def _describe_loss(receipt: Receipt | None, texts: Mapping[date, Sequence[PaperId]]) -> str:
    """Return what a faulty part of the vault takes along, as the end of a message."""
    if receipt is not None and receipt.kind == JOURNAL:
        return f"; it is the journal of {describe_days(receipt)}"
    if not texts:
        return ""
    papers = sum(map(len, texts.values()))
    days = min(texts) if len(texts) == 1 else f"{len(texts)} mailings from {min(texts)} to {max(texts)}"
    return f"; the journal has the text of {pluralize(papers, 'paper')} of {days} from it"


def _pass_over(_error: FolderError) -> None:
    """Leave a fault that is reported already: `verify` of the vault reads everything."""
