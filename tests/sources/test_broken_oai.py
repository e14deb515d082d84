"""Responses of OAI-PMH in which one record is broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from syncd.core.errors import LayoutUnknown
from syncd.sources import oai
from syncd.sources.broken_oai import salvage
from tests.sources.test_oai import answer, ids, record, refused


@pytest.mark.parametrize(
    ("old", "new"),
    [("Moss", "&nbsp;"), ("Moss", "\x01"), ("</title>", ""), ("</record>", ""), ("<title>", "<title <"), ("Moss", "&")],
)
def test_of_a_response_that_is_not_xml_all_but_the_broken_record_is_read(old: str, new: str) -> None:
    broken = record().replace(old, new)
    body = answer(record("2104.02701") + broken + record("2104.02709") + "<resumptionToken>a%3Db</resumptionToken>")
    assert refused(body) == (LayoutUnknown, "not-xml")
    batch = salvage(body)
    assert (ids(batch), batch.token) == (["2104.02701", "2104.02709"], "a%3Db")
    (bad,) = batch.bad_records
    assert (bad.where, bad.id, bad.after, bad.before) == ("record 2", "2104.02703", "2104.02701", "2104.02709")
    assert bad.datestamp == date(2021, 4, 8)


def test_an_empty_record_beside_a_broken_one_is_bad_as_well() -> None:
    batch = salvage(
        answer(record("2104.02701") + "<record/>" + record(title="&nbsp;") + '<record status="x"></record>')
    )
    assert ids(batch) == ["2104.02701"]
    assert [bad.where for bad in batch.bad_records] == ["record 2", "record 3", "record 4"]


def test_of_a_response_in_another_encoding_all_but_that_record_is_read() -> None:
    body = answer(record("2104.02701") + record(title="M\xf6ss")).replace("\xf6".encode(), b"\xf6")
    batch = salvage(body)
    assert (ids(batch), [bad.id for bad in batch.bad_records]) == (["2104.02701"], ["2104.02703"])
    assert batch.token is None


@pytest.mark.parametrize(
    "body", [b"Rate exceeded.", answer(record()).partition(b"</ListRecords>")[0], answer("", "Identify")]
)
def test_a_response_without_its_end_is_not_salvaged(body: bytes) -> None:
    with pytest.raises(LayoutUnknown):
        salvage(body)


@pytest.mark.parametrize("more", ["x" * (600 << 10), "<a>" * 40_000 + "</a>" * 40_000, "<a/>" * 70_000])
def test_of_a_response_with_one_oversized_record_all_others_are_read(more: str) -> None:
    body = answer(record("2104.02701") + record(title=more) + record("2104.02709"))
    assert refused(body)[1].startswith("too-")
    batch = salvage(body)
    assert (ids(batch), [bad.id for bad in batch.bad_records]) == (["2104.02701", "2104.02709"], ["2104.02703"])


def test_more_records_than_a_response_may_have_are_not_salvaged() -> None:
    with pytest.raises(LayoutUnknown, match="more than 50000 records"):
        salvage(answer("<record></record>" * 50_001))


def test_a_well_formed_response_is_salvaged_as_it_is_read() -> None:
    body = answer(record("2104.02701") + record("2104.02703", versions="") + "<resumptionToken>x</resumptionToken>")
    assert replace(salvage(body), answered=None) == replace(oai.read(body), answered=None)
