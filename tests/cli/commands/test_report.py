"""`syncd report -o`: where the page may be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.command_line import Shell


def test_a_report_replaces_no_file_of_the_archive(held: Shell) -> None:
    digest = next(held.folder.glob("archive/*/*.md"))
    for target in (digest, held.folder / "syncd.db"):
        begin = target.read_bytes()[:16]
        ended = held("report", "-o", str(target))
        assert ended.code == 6
        assert "of the archive" in ended.err
        assert target.read_bytes()[:16] == begin
