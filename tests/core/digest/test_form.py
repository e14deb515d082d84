"""What a digest file is made of."""

from __future__ import annotations

import pytest

from syncd.core.digest import DEFAULT_TAIL, DIALECTS
from syncd.core.digest.form import abstract_line, find_forbidden
from syncd.core.model import Digest
from tests.support.digests import WEDNESDAY


def test_the_dialects_seen_have_tails_of_one_and_six_blanks_and_new_files_get_six() -> None:
    assert [dialect.tail for dialect in DIALECTS] == [1, 6]
    assert DEFAULT_TAIL == 6
    assert Digest(WEDNESDAY, "cs.CV", ()).tail == 6


def test_the_first_forbidden_character_is_found() -> None:
    found = find_forbidden("a\u202eb\x00")

    assert found is not None
    assert (found[0], found.start()) == ("\u202e", 1)
    assert find_forbidden("é 漢字 \u200d") is None


def test_blanks_that_would_fill_the_memory_are_refused() -> None:
    assert abstract_line("text", 2) == ">  text  "
    with pytest.raises(ValueError, match="trailing blanks"):
        abstract_line("text", 2**31 - 1)
