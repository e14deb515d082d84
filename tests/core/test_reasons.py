from __future__ import annotations

import re

import pytest

from syncd.core.model import Severity
from syncd.core.reasons import DIFFERENCES, FORMAT, PLACEMENTS, PROBLEMS, REASONS, severity
from tests.support.digest_damage import DAMAGES, EDITS

CONTRACT = {
    "missing-local": Severity.FAULT,
    "missing-upstream": Severity.FAULT,
    "title-changed": Severity.FAULT,
    "abstract-changed": Severity.FAULT,
    "markup-only": Severity.HINT,
    "order-only": Severity.FAULT,
    "section-changed": Severity.FAULT,
    "crosslist-added": Severity.DRIFT,
    "crosslist-removed": Severity.DRIFT,
    "withdrawn": Severity.DRIFT,
    "deleted": Severity.DRIFT,
    "revised": Severity.DRIFT,
    "wrong-day": Severity.FAULT,
    "duplicate": Severity.FAULT,
    "file-edited": Severity.FAULT,
    "file-missing": Severity.FAULT,
    "file-damaged": Severity.FAULT,
    "file-unreadable": Severity.FAULT,
    "row-missing": Severity.FAULT,
    "stale-source": Severity.HINT,
}
"""The reason codes of a difference, which scripts rely on."""


def test_the_codes_of_a_difference_are_those_of_the_contract() -> None:
    assert {reason.code: reason.severity for reason in DIFFERENCES} == CONTRACT


def test_every_code_is_kebab_case_and_stands_in_the_table_once() -> None:
    codes = [reason.code for reason in (*DIFFERENCES, *FORMAT, *PROBLEMS, *PLACEMENTS)]

    assert sorted(codes) == sorted(REASONS)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code) for code in codes)


@pytest.mark.parametrize("code", REASONS)
def test_a_code_has_a_meaning_of_one_line(code: str) -> None:
    reason = REASONS[code]

    assert reason.code == code
    assert reason.meaning == reason.meaning.strip(" .\n")
    assert "\n" not in reason.meaning
    assert reason.meaning


@pytest.mark.parametrize("code", [code for code, reason in REASONS.items() if reason.repair is not None])
def test_a_repair_is_a_command_about_a_day_or_about_the_index(code: str) -> None:
    repair = (REASONS[code].repair or "").format(day="2021-04-07")

    assert repair in {"syncd search --reindex", "syncd repair --rebuild"} or re.fullmatch(
        r"syncd (repair|sync|diff|replay) 2021-04-07( --(restore|accept))?", repair
    )


def test_drift_and_hints_never_ask_for_a_repair() -> None:
    assert not [r.code for r in REASONS.values() if r.severity is not Severity.FAULT and r.repair is not None]


def test_severity_is_reported_by_the_code_alone() -> None:
    assert severity("title-changed") is Severity.FAULT
    assert severity("revised") is Severity.DRIFT
    assert severity("late-crosslist") is Severity.HINT


def test_an_unknown_code_has_no_severity() -> None:
    with pytest.raises(KeyError):
        severity("no-such-code")


def test_every_code_of_a_damage_is_in_the_table() -> None:
    assert {code for damage in (*DAMAGES, *EDITS) for code in damage.codes} <= set(REASONS)
