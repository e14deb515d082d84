"""Raw responses and adopted files, kept by the hash of their bytes, each with a receipt that says where it came from.

It must not rewrite what it holds, and must stay readable without SQL. The bytes are in `objects/ab/<sha256>.gz`. Url,
status, headers and time of each are in `receipts/YYYY/MM/<UTC time>-<12 digits of the hash>.json`.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from contextlib import suppress
from dataclasses import field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from syncd.archive.files import atomic, folder_tree, receipt_file
from syncd.archive.files.receipt_file import HASH, VaultItem, build_receipt
from syncd.core.errors import READING_ERRORS, FolderError
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from syncd.archive.files.receipt_file import Headers
    from syncd.core.model import Receipt

OnFault: TypeAlias = "Callable[[FolderError], None]"
"""What to do with an error about a part of the vault, so that the rest is still read."""
OnCount: TypeAlias = "Callable[[int, int], None]"
"""Gets how many things are done, and how many there are."""

LOST = "bring it back from a backup of the vault; everything that is lost: syncd check --full"
"""What helps where a part of the vault is missing or damaged."""

# At this level a record of bulk metadata costs 30 µs of computing. Level 1 costs 18 µs and needs an eighth more room. The usual
# level 6 costs 46 µs and needs a thirtieth less.
_LEVEL = 4


def ignore_count(_done: int, _total: int, /) -> None:
    """Do nothing, as the default `OnCount`."""


class Vault(Protocol):
    """What the rest of syncd may ask of a vault."""

    def put(self, *, kind: str, url: str, status: int, headers: Headers, body: bytes, received: datetime) -> str | None:
        """Keep `body` and its receipt, and return its SHA-256. None where nothing is kept. Idempotent."""

    def put_all(self, items: Sequence[VaultItem]) -> Sequence[str | None]:
        """Keep many items, in their order, at little more cost than one, and return what `put` would for each."""

    def require_writable(self) -> None:
        """Raise FolderError where nothing could be kept, as far as folders and rights show it. Nothing is written."""

    def get(self, sha256: str) -> bytes:
        """Return the bytes of that hash, verified. Raise FolderError when they are missing or damaged."""

    def receipts(self, since: datetime | None = None, on_fault: OnFault | None = None) -> Iterator[Receipt]:
        """Yield every receipt, or those received from `since` (aware) on, by time.

        Raise FolderError at one that cannot be read. With `on_fault`, call it with the error and go on.
        """

    def newest_receipts(self, until: datetime | None = None) -> Iterator[Receipt]:
        """Yield the receipts by time, the newest first, or those received until then (aware). Skip one that is damaged.

        To take a few costs no look at the older months.
        """

    def verify(self, report: OnCount = ignore_count) -> Iterator[tuple[str, str]]:
        """Yield each faulty hash, or path of a receipt, with its fault: `missing`, `damaged` or `unreadable`.

        `report` gets how many responses were read, and how many there are.
        """


@dataclass(frozen=True, slots=True)
class NullVault:
    """The vault where the configuration names none: it keeps nothing and says so."""

    def put(self, *, kind: str, url: str, status: int, headers: Headers, body: bytes, received: datetime) -> None:
        """Keep nothing. The arguments must meet the same contract."""
        self.put_all([VaultItem(kind, url, status, headers, body, received)])

    def put_all(self, items: Sequence[VaultItem]) -> list[None]:
        """Keep nothing. The items must meet the same contract."""
        return [None for _ in map(build_receipt, items)]

    def require_writable(self) -> None:
        """Do nothing, as nothing is kept."""

    def get(self, sha256: str) -> bytes:
        """Raise FolderError, always."""
        remedy = "name the vault again: archive.vault"
        raise FolderError(f"there is no vault, so it does not hold {sha256:.12}", path="", remedy=remedy)

    def receipts(
        self,
        since: datetime | None = None,  # noqa: ARG002 - the contract's argument
        on_fault: OnFault | None = None,  # noqa: ARG002 - the contract's argument
    ) -> Iterator[Receipt]:
        """Yield nothing."""
        return iter(())

    def newest_receipts(self, until: datetime | None = None) -> Iterator[Receipt]:  # noqa: ARG002 - the contract's argument
        """Yield nothing."""
        return iter(())

    def verify(self, report: OnCount = ignore_count) -> Iterator[tuple[str, str]]:  # noqa: ARG002 - the contract's argument
        """Yield nothing, as there is nothing that could be damaged."""
        return iter(())


@dataclass(frozen=True, slots=True)
class FolderVault:
    """A vault in the folder `root`, which is made at the first `put`. What the disk refuses is a FolderError."""

    root: Path
    on_step: folder_tree.OnStep = field(default=folder_tree.ignore_step, repr=False)

    def put(self, *, kind: str, url: str, status: int, headers: Headers, body: bytes, received: datetime) -> str:
        """Keep the body first, then its receipt, each on the disk before the next step. A damaged body is replaced."""
        return self.put_all([VaultItem(kind, url, status, headers, body, received)])[0]

    def put_all(self, items: Sequence[VaultItem]) -> list[str]:
        """Keep all bodies first, then all receipts, so that no receipt is seen before its body is on the disk."""
        receipts = [build_receipt(item) for item in items]
        with folder_tree.translate_errors(self.root):
            folder_tree.create_folder(self.root)
        bodies = {receipt.sha256: item.body for receipt, item in zip(receipts, items, strict=True)}
        atomic.write_all(self.root, dict(self._list_missing_objects(bodies)), on_step=self.on_step)
        atomic.write_all(self.root, self._list_new_receipts(receipts), on_step=self.on_step)
        return [receipt.sha256 for receipt in receipts]

    def require_writable(self) -> None:
        """Raise FolderError where a folder of the vault is none, or may not be written. A missing one is made in its parent."""
        for folder in (self.root, self.root / "objects", self.root / "receipts"):
            there = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
            folder_tree.require_writable(there)

    def get(self, sha256: str) -> bytes:
        """Return the bytes of that hash, verified. Raise FolderError when they are missing or damaged."""
        if not HASH.fullmatch(sha256):
            raise FolderError(f"not in the vault: {sha256[:70]!r} is no SHA-256", path=str(self.root), remedy=LOST)
        path = _object_path(sha256)
        body = self._read_body(path)
        if body is None:
            raise FolderError("not in the vault", path=str(self.root / path), remedy=LOST)
        if hashlib.sha256(body).hexdigest() != sha256:
            detail = "damaged: the bytes do not have the hash in its name"
            raise FolderError(detail, path=str(self.root / path), remedy=LOST)
        return body

    def receipts(self, since: datetime | None = None, on_fault: OnFault | None = None) -> Iterator[Receipt]:
        """Yield them by time received, those of one microsecond by hash, then in the order they were put."""
        start = "" if since is None else receipt_file.format_stamp(since)
        for path in self._list_receipts():
            if path.rpartition("/")[2] < start:
                continue
            try:
                yield self._read_receipt(path)
            except FolderError as error:
                if on_fault is None:
                    raise
                on_fault(error)

    def newest_receipts(self, until: datetime | None = None) -> Iterator[Receipt]:
        """Yield the receipts by time, the newest first, or those received until then (aware). Skip one that is damaged."""
        end = "9" if until is None else receipt_file.format_stamp(until)
        for month in self._list_months():
            paths = [f"{month}/{name}" for name in self._list_names(month) if receipt_file.has_receipt_name(name)]
            for path in sorted(paths, key=receipt_file.sort_key, reverse=True):
                if path.rpartition("/")[2].partition("-")[0] <= end:
                    with suppress(FolderError):
                        yield self._read_receipt(path)

    def verify(self, report: OnCount = ignore_count) -> Iterator[tuple[str, str]]:
        """Read every object and every receipt, and yield each fault once, by hash, receipts first."""
        known: set[str] = set()
        for path in self._list_receipts():
            try:
                known.add(self._read_receipt(path).sha256)
            except FolderError as error:
                yield path, _name_fault(error)
        hashes = sorted(known | self._list_hashes())
        for done, sha256 in enumerate(hashes):
            report(done, len(hashes))
            if problem := self._find_problem(sha256):
                yield sha256, problem

    def _find_problem(self, sha256: str) -> str | None:
        try:
            body = self._read_body(_object_path(sha256))
        except FolderError as error:
            return _name_fault(error)
        if body is None:
            return "missing"
        return None if hashlib.sha256(body).hexdigest() == sha256 else "damaged"

    def _read_body(self, path: str) -> bytes | None:
        packed = self._read(path)
        try:
            return None if packed is None else gzip.decompress(packed)
        except (*READING_ERRORS, zlib.error) as error:
            raise FolderError("damaged: it does not decompress", path=str(self.root / path), remedy=LOST) from error

    def _list_missing_objects(self, bodies: Mapping[str, bytes]) -> Iterator[tuple[str, bytes | None]]:
        """Yield what is to be written for these bodies: path and compressed bytes, None for a body that is there and whole."""
        for sha256, body in bodies.items():
            packed = gzip.compress(body, _LEVEL, mtime=0) if self._find_problem(sha256) else None
            yield _object_path(sha256), packed

    def _list_new_receipts(self, receipts: Iterable[Receipt]) -> dict[str, bytes | None]:
        """Return the receipts that are not held yet, each under the first free name."""
        new: dict[str, bytes | None] = {}
        for receipt in receipts:
            for path in receipt_file.list_paths(receipt):
                data = new.get(path) or self._read(path)
                if data is None:
                    new[path] = receipt_file.render(receipt)
                if data is None or receipt_file.is_same(data, receipt):
                    break
        return new

    def _read_receipt(self, path: str) -> Receipt:
        try:
            return receipt_file.parse(self._read(path) or b"")
        except ValueError as error:
            raise FolderError("damaged: not a receipt", path=str(self.root / path), remedy=LOST) from error

    def _list_receipts(self) -> list[str]:
        paths = filter(receipt_file.has_receipt_name, self._list_files("receipts"))
        return sorted(paths, key=receipt_file.sort_key)

    def _list_months(self) -> list[str]:
        """Return the folders of receipts, the newest first."""
        years = (f"receipts/{year}" for year in self._list_names("receipts"))
        return sorted((f"{year}/{month}" for year in years for month in self._list_names(year)), reverse=True)

    def _list_names(self, part: str) -> list[str]:
        """Return the names in a folder, none where it is missing or no folder."""
        with folder_tree.translate_errors(self.root / part), suppress(FileNotFoundError, NotADirectoryError):
            return os.listdir(self.root / part)  # noqa: PTH208  names are enough, and a month may have thousands
        return []

    def _list_hashes(self) -> set[str]:
        names = (path.rpartition("/")[2].removesuffix(".gz") for path in self._list_files("objects"))
        return {name for name in names if HASH.fullmatch(name)}

    def _list_files(self, part: str) -> list[str]:
        with folder_tree.translate_errors(self.root / part):
            if not (self.root / part).is_dir():
                return []
            return [path for path, _ in folder_tree.walk(self.root / part, f"{part}/")]

    def _read(self, path: str) -> bytes | None:
        with folder_tree.translate_errors(self.root):
            if not self.root.is_dir():
                return None
        found = folder_tree.read_path(self.root, path)
        return None if found is None else found[0]


def raise_passing(error: FolderError) -> None:
    """Raise an error that may pass, as an `OnFault` of a change. Leave any other one to the check.

    What the disk does not give now is neither damaged nor missing. Without it less would be recorded than is kept.
    """
    if error.passing:
        raise error


def open_vault(root: Path | None) -> Vault:
    """Return the vault in `root`, or one that keeps nothing without a root. The disk is not touched."""
    return NullVault() if root is None else FolderVault(root)


def _name_fault(error: FolderError) -> str:
    return "unreadable" if error.passing else "damaged"


def _object_path(sha256: str) -> str:
    if not HASH.fullmatch(sha256):
        raise ValueError(f"not a SHA-256: {sha256[:70]!r}")
    return f"objects/{sha256[:2]}/{sha256}.gz"
