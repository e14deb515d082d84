"""A dry run of an archive that does not exist yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from tests.support.command_line import Shell


def test_a_dry_run_leaves_no_temporary_folder(syncd: Shell, tmp_path_factory: pytest.TempPathFactory) -> None:
    room = tmp_path_factory.mktemp("room")
    syncd.environment.setenv("TMPDIR", str(room))
    with syncd.process("sync", "-n") as process:
        assert "4 planned" in process.communicate()[0]
    assert list(room.iterdir()) == []
