"""The id of a paper as people type or paste it."""

from __future__ import annotations

import pytest

from syncd.core.typed_id import parse_typed_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2104.02703", ("2104.02703", None)),
        ("  2104.02703v2 ", ("2104.02703", 2)),
        ("arXiv:2104.02703", ("2104.02703", None)),
        ("ARXIV: 2104.02703v12", ("2104.02703", 12)),
        ("https://arxiv.org/abs/2104.02703v2", ("2104.02703", 2)),
        ("http://www.arxiv.org/abs/2104.02703/", ("2104.02703", None)),
        ("arxiv.org/pdf/2104.02703v1.pdf", ("2104.02703", 1)),
        ("https://export.arxiv.org/pdf/2104.02703", ("2104.02703", None)),
        ("https://arxiv.org/html/2104.02703v3#S2", ("2104.02703", 3)),
        ("https://arxiv.org/abs/cs/0401001?context=cs.CV", ("cs/0401001", None)),
    ],
)
def test_an_id_is_read_in_every_form_that_people_have(text: str, expected: tuple[str, int | None]) -> None:
    assert parse_typed_id(text) == expected


@pytest.mark.parametrize(
    "text", ["", "arXiv:", "cs.CV", "2104.2703x", "https://example.org/abs/2104.02703", "2104.02703 2"]
)
def test_another_text_is_no_id(text: str) -> None:
    with pytest.raises(ValueError, match="not an arXiv id"):
        parse_typed_id(text)
