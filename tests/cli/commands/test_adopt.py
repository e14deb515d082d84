"""`syncd adopt` as a person calls it."""

from __future__ import annotations

from tests.support.command_line import Shell, digest_file


def test_a_dry_run_of_adopt_makes_no_archive(syncd: Shell) -> None:
    digest_file(syncd.folder)
    before = syncd.files()
    ended = syncd("adopt", "-n", "from-before", "--json")
    assert [day["action"] for day in ended.json["days"]] == ["planned"]
    assert syncd.files() == before
