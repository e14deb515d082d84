"""Push the branch of a checkout to its upstream, by fast-forward only and in a few tries.

This module must not overwrite anything: where branch and remote have diverged, a person brings them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.usecases.publish.git_checkout import GitError, PushRejected

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncd.usecases.publish.git_checkout import Checkout, PushTarget

PAUSES = (5.0, 25.0)
"""Seconds between the tries of a push: three tries within about 30 s, as for requests to arXiv."""


def push(checkout: Checkout, sleep: Callable[[float], None]) -> bool:
    """Push what the remote lacks. Return whether the remote has all of it then.

    GitError when the branch has no upstream, has diverged from it, or could not be pushed in three tries.
    """
    branch = checkout.read_branch()
    head, target = checkout.find_commit(branch), checkout.find_push_target(branch)
    if head is None:
        return False
    if target is None:
        short = branch.removeprefix("refs/heads/")
        raise GitError(f"{checkout.folder}: branch {short} has no upstream: git push -u origin {short}")
    theirs = checkout.find_commit(target.tracking_ref)
    if theirs is not None and checkout.is_descendant(theirs, head):
        return True
    pauses = list(PAUSES)
    while True:
        try:
            checkout.push(branch, target)
        except PushRejected:
            _require_pushed_by_another(checkout, branch, target)
        except GitError as error:
            if not pauses:
                raise GitError(f"{checkout.folder}: not pushed after {len(PAUSES) + 1} tries: {error}") from error
            sleep(pauses.pop(0))
            continue
        return True


def require_one_line(checkout: Checkout, branch: str, new: str) -> None:
    """Raise GitError when the commit `new` and what is known of the remote have diverged."""
    target = checkout.find_push_target(branch)
    theirs = checkout.find_commit(target.tracking_ref) if target is not None else None
    if target is None or theirs is None:
        return
    if not (checkout.is_descendant(new, theirs) or checkout.is_descendant(theirs, new)):
        raise GitError(_describe_divergence(checkout, target))


def _require_pushed_by_another(checkout: Checkout, branch: str, target: PushTarget) -> None:
    """Raise GitError after a rejection, unless another host has pushed the same commits and more."""
    checkout.fetch(target.remote)
    head, theirs = checkout.find_commit(branch), checkout.find_commit(target.tracking_ref)
    if head is None or theirs is None or not checkout.is_descendant(theirs, head):
        raise GitError(_describe_divergence(checkout, target))


def _describe_divergence(checkout: Checkout, target: PushTarget) -> str:
    remote = target.tracking_ref.removeprefix("refs/remotes/")
    return f"{checkout.folder}: the branch and {remote} have diverged; bring them together by hand"
