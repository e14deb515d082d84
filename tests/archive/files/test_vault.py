"""The vault: the contract of every vault, then files, damage and kills of the one that keeps."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.archive.files import receipt_file
from syncd.archive.files.receipt_file import VaultItem
from syncd.archive.files.vault import FolderVault, NullVault, Vault, open_vault
from syncd.core.errors import FolderError

if TYPE_CHECKING:
    from pathlib import Path

WHEN = datetime(2026, 8, 7, 0, 15, 2, 123456, tzinfo=UTC)
URL = "https://arxiv.org/list/cs.CV/new"
HEADERS = (("Content-Type", "text/html"), ("Set-Cookie", "a=b"), ("Date", "Fri, 07 Aug 2026 00:15:02 GMT"))


class Killed(BaseException):
    """The process ends here."""


def put(into: Vault, body: bytes = b"<html>", **other: object) -> str | None:
    facts: dict[str, object] = {"kind": "response", "url": URL, "status": 200, "headers": HEADERS, "received": WHEN}
    return into.put(body=body, **(facts | other))  # type: ignore[arg-type]  # the facts have the types of the call


def item(body: bytes, url: str = URL, received: datetime = WHEN) -> VaultItem:
    return VaultItem("adopted", url, 0, HEADERS, body, received)


def put_into(folder: FolderVault, **other: object) -> str:
    sha256 = put(folder, **other)  # type: ignore[arg-type]  # the facts have the types of the call
    assert sha256 is not None
    return sha256


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(params=["folder", "null"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    return open_vault(tmp_path / "vault" if request.param == "folder" else None)


@pytest.fixture
def folder(tmp_path: Path) -> FolderVault:
    return FolderVault(tmp_path / "vault")


# The contract of every vault


def test_a_put_returns_the_hash_of_the_bytes_or_says_that_nothing_is_kept(either: Vault) -> None:
    kept = hashlib.sha256(b"<html>").hexdigest() if isinstance(either, FolderVault) else None
    assert put(either) == kept
    assert put(either) == kept


def test_an_unknown_hash_is_a_folder_error(either: Vault) -> None:
    with pytest.raises(FolderError):
        either.get("0" * 64)


def test_a_new_vault_is_empty_and_sound_and_touches_no_disk(either: Vault, tmp_path: Path) -> None:
    assert list(either.receipts()) == []
    assert list(either.receipts(WHEN)) == []
    assert list(either.verify()) == []
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_kind_or_a_time_without_zone_is_a_bug(either: Vault) -> None:
    with pytest.raises(ValueError, match="kind"):
        put(either, kind="unknown")
    with pytest.raises(ValueError, match="zone"):
        put(either, received=WHEN.replace(tzinfo=None))


def test_what_was_put_is_sound(either: Vault) -> None:
    for kind in receipt_file.KINDS:
        put(either, kind=kind)
    assert list(either.verify()) == []


def test_many_items_are_put_as_each_of_them_would_be(either: Vault, tmp_path: Path) -> None:
    alone = open_vault(tmp_path / "alone" if isinstance(either, FolderVault) else None)
    page = [item(b"one"), item(b"two"), item(b"one", "file:///elsewhere"), item(b"one"), item(b"three")]
    hashes = [
        alone.put(kind=i.kind, url=i.url, status=i.status, headers=i.headers, body=i.body, received=i.received)
        for i in page
    ]
    assert either.put_all(page[:3]) + either.put_all(page[3:]) == hashes  # type: ignore[operator]  # both are lists
    assert list(either.receipts()) == list(alone.receipts())
    if isinstance(either, FolderVault):
        assert files(either.root) == files(tmp_path / "alone")


def test_no_items_are_nothing(either: Vault) -> None:
    assert list(either.put_all([])) == []
    assert list(either.receipts()) == []


# The vault that keeps


@pytest.mark.parametrize("part", ["vault", "vault/objects", "vault/receipts"])
def test_a_vault_that_could_keep_nothing_says_so_before_anything_is_asked_for(tmp_path: Path, part: str) -> None:
    vault = FolderVault(tmp_path / "vault")
    vault.require_writable()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / part).parent.mkdir(exist_ok=True)
    (tmp_path / part).write_bytes(b"in its place")
    with pytest.raises(FolderError, match="a file where a folder should be") as refused:
        vault.require_writable()
    assert refused.value.path == str(tmp_path / part)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_vault_of_another_user_is_refused_before_anything_is_asked_for(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(FolderError, match="Permission denied"):
        FolderVault(tmp_path / "vault").require_writable()
    tmp_path.chmod(0o755)


def test_no_root_means_a_vault_that_keeps_nothing() -> None:
    assert open_vault(None) == NullVault()


@given(body=st.binary(max_size=2000))
def test_bytes_come_back_as_they_were_put(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    kept = FolderVault(tmp_path_factory.mktemp("vault"))
    assert kept.get(put_into(kept, body=body)) == body
    assert list(kept.verify()) == []


def test_the_files_are_readable_without_this_program(folder: FolderVault) -> None:
    sha256 = put_into(folder)
    receipt = f"receipts/2026/08/20260807T001502.123456Z-{sha256[:12]}.json"
    found = files(folder.root)
    assert set(found) == {f"objects/{sha256[:2]}/{sha256}.gz", receipt}
    assert gzip.decompress(found[f"objects/{sha256[:2]}/{sha256}.gz"]) == b"<html>"
    assert found[f"objects/{sha256[:2]}/{sha256}.gz"][4:8] == bytes(4), "the compressed bytes do not depend on the time"
    assert json.loads(found[receipt]) == {
        "sha256": sha256,
        "kind": "response",
        "url": URL,
        "status": 200,
        "received": "2026-08-07T00:15:02.123456+00:00",
        "headers": [["content-type", "text/html"], ["date", "Fri, 07 Aug 2026 00:15:02 GMT"]],
    }
    assert {stat.S_IMODE((folder.root / path).stat().st_mode) for path in found} == {0o644}


def test_a_second_put_changes_no_file(folder: FolderVault) -> None:
    put(folder)
    before = {path: (folder.root / path).stat() for path in files(folder.root)}
    put(folder, headers=(), received=WHEN.astimezone(timezone(timedelta(hours=-4))))
    assert {path: (folder.root / path).stat() for path in files(folder.root)} == before


def test_equal_bytes_from_another_url_or_time_get_their_own_receipt(folder: FolderVault) -> None:
    later = WHEN + timedelta(microseconds=1)
    urls = [f"file:///old/{number}.md" for number in range(12)]
    put(folder, received=later)
    for url in urls * 2:
        put(folder, url=url, kind="adopted")
    assert [(receipt.url, receipt.received) for receipt in folder.receipts()] == [
        *((url, WHEN) for url in urls),
        (URL, later),
    ]
    assert len([path for path in files(folder.root) if path.startswith("objects")]) == 1


def test_receipts_are_sorted_by_time_and_begin_where_asked(folder: FolderVault) -> None:
    moments = [WHEN + timedelta(days=40), WHEN, WHEN - timedelta(days=300), WHEN + timedelta(seconds=1)]
    for moment in moments:
        put(folder, str(moment).encode(), received=moment)
    assert [receipt.received for receipt in folder.receipts()] == sorted(moments)
    west = timezone(timedelta(hours=-4))
    assert [receipt.received for receipt in folder.receipts(WHEN.astimezone(west))] == sorted(moments)[1:]


def test_a_receipt_holds_what_was_put_but_no_cookie(folder: FolderVault) -> None:
    sha256 = put_into(folder, status=206)
    (receipt,) = folder.receipts()
    assert (receipt.sha256, receipt.kind, receipt.url, receipt.status, receipt.received) == (
        sha256,
        "response",
        URL,
        206,
        WHEN,
    )
    assert [name for name, _ in receipt.headers] == ["content-type", "date"]


@pytest.mark.parametrize("damage", ["truncated", "emptied", "other", "not gzip"])
def test_a_damaged_object_is_found_never_returned_and_replaced_by_the_next_put(
    folder: FolderVault, damage: str
) -> None:
    sha256 = put_into(folder)
    path = folder.root / f"objects/{sha256[:2]}/{sha256}.gz"
    whole = path.read_bytes()
    path.write_bytes(
        {"truncated": whole[:-9], "emptied": b"", "other": gzip.compress(b"x"), "not gzip": b"<html>"}[damage]
    )
    assert list(folder.verify()) == [(sha256, "damaged")]
    with pytest.raises(FolderError, match="damaged") as caught:
        folder.get(sha256)
    assert caught.value.path == str(path)
    put(folder)
    assert path.read_bytes() == whole
    assert list(folder.verify()) == []


def test_an_object_without_a_receipt_is_verified_too(folder: FolderVault) -> None:
    sha256 = put_into(folder)
    (path,) = (path for path in files(folder.root) if path.startswith("receipts"))
    (folder.root / path).unlink()
    assert list(folder.verify()) == []
    (folder.root / f"objects/{sha256[:2]}/{sha256}.gz").write_bytes(b"")
    assert list(folder.verify()) == [(sha256, "damaged")]


def test_a_missing_object_and_a_damaged_receipt_are_found(folder: FolderVault) -> None:
    gone, kept = put_into(folder, body=b"gone"), put_into(folder, body=b"kept", received=WHEN + timedelta(days=1))
    (folder.root / f"objects/{gone[:2]}/{gone}.gz").unlink()
    (path,) = (path for path in files(folder.root) if kept[:12] in path and path.startswith("receipts"))
    (folder.root / path).write_bytes(b"{")
    assert list(folder.verify()) == [(path, "damaged"), (gone, "missing")]
    with pytest.raises(FolderError, match="not in the vault"):
        folder.get(gone)
    with pytest.raises(FolderError, match="receipt"):
        list(folder.receipts())
    assert folder.get(kept) == b"kept"


@pytest.mark.parametrize("data", [b"", b"[]", b'{"sha256": 1}', b'{"received": 5}', b"[" * 100_000, b"\xff", b"null"])
def test_anything_but_a_receipt_is_damage(folder: FolderVault, data: bytes) -> None:
    put(folder)
    (path,) = (path for path in files(folder.root) if path.startswith("receipts"))
    (folder.root / path).write_bytes(data)
    assert list(folder.verify()) == [(path, "damaged")]


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"status": 200', b'"status": 1e400'), (b'"received": "20', b'"received": "0001-01-01T00:00:00+20:00x')],
)
def test_a_receipt_with_a_number_or_a_time_out_of_range_is_damage(folder: FolderVault, old: bytes, new: bytes) -> None:
    put(folder)
    (path,) = (path for path in files(folder.root) if path.startswith("receipts"))
    whole = (folder.root / path).read_bytes()
    assert old in whole
    (folder.root / path).write_bytes(re.sub(re.escape(old) + rb'[^",]*', new.removesuffix(b"x"), whole))
    assert list(folder.verify()) == [(path, "damaged")]


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_only_a_hash_names_an_object(folder: FolderVault, sha256: str) -> None:
    with pytest.raises(FolderError, match="not in the vault"):
        folder.get(sha256)


def test_a_put_killed_at_any_step_leaves_nothing_unfinished_and_can_be_repeated(tmp_path: Path) -> None:
    steps: list[str] = []
    put(FolderVault(tmp_path / "count", steps.append))
    for stop in range(1, len(steps) + 1):
        done: list[str] = []

        def on_step(step: str, done: list[str] = done, stop: int = stop) -> None:
            done.append(step)
            if len(done) == stop:
                raise Killed

        healthy = FolderVault(tmp_path / str(stop))
        with pytest.raises(Killed):
            put(replace(healthy, on_step=on_step))
        assert list(healthy.verify()) == []
        assert len(list(healthy.receipts())) <= 1
        assert healthy.get(put_into(healthy)) == b"<html>"
        assert len(list(healthy.receipts())) == 1


def test_many_items_killed_at_any_step_show_no_receipt_before_all_bodies(tmp_path: Path) -> None:
    page = [item(f"{number}".encode()) for number in range(3)]
    steps: list[str] = []
    FolderVault(tmp_path / "count", steps.append).put_all(page)
    for stop in range(1, len(steps) + 1):
        done: list[str] = []

        def on_step(step: str, done: list[str] = done, stop: int = stop) -> None:
            done.append(step)
            if len(done) == stop:
                raise Killed

        healthy = FolderVault(tmp_path / str(stop))
        with pytest.raises(Killed):
            replace(healthy, on_step=on_step).put_all(page)
        assert list(healthy.verify()) == []
        if list(healthy.receipts()):
            assert done.count("folders synced") >= 1
            assert {healthy.get(hashlib.sha256(one.body).hexdigest()) for one in page} == {b"0", b"1", b"2"}
        healthy.put_all(page)
        assert sorted(healthy.get(one.sha256) for one in healthy.receipts()) == [b"0", b"1", b"2"]


def test_a_full_disk_is_a_folder_error_and_leaves_no_receipt_without_its_bytes(tmp_path: Path) -> None:
    def full(step: str) -> None:
        if step == "filled":
            raise OSError(28, "No space left on device")

    kept = FolderVault(tmp_path / "vault")
    with pytest.raises(FolderError, match="No space"):
        put(replace(kept, on_step=full))
    assert files(tmp_path) == {}


def test_the_newest_receipts_come_first_over_months_and_until_a_moment(folder: FolderVault) -> None:
    assert list(folder.newest_receipts()) == []
    moments = [WHEN + timedelta(days=day) for day in (0, 1, 40, 400)]
    for moment in moments:
        put_into(folder, body=str(moment).encode(), received=moment)
    damaged = next(folder.root.glob("receipts/2026/09/*.json"))
    damaged.write_text("{")
    (folder.root / "receipts/strange").write_text("no folder")
    found = [receipt.received for receipt in folder.newest_receipts()]
    assert found == [moments[3], moments[1], moments[0]]
    assert [receipt.received for receipt in folder.newest_receipts(moments[0])] == [moments[0]]
