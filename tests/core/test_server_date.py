"""The clock of a server is read from the headers of its response. What cannot be read is no date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from syncd.core.server_date import measure_gap

NOON = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("headers", "gap"),
    [
        ((), None),
        ((("date", "never"),), None),
        ((("date", "Tue, 14 Jul 2026 11:00:00 GMT"),), HOUR),
        ((("date", "Tue, 14 Jul 2026 13:00:00 -0000"),), -HOUR),
        ((("date", "Tue, 14 Jul 2026 10:00:00 GMT"), ("age", "3600")), HOUR),
        ((("date", "Tue, 14 Jul 2026 11:00:00 GMT"), ("age", "9" * 40)), None),
    ],
)
def test_a_clock_is_compared_with_the_date_and_the_age_of_a_response(
    headers: tuple[tuple[str, str], ...], gap: timedelta | None
) -> None:
    assert measure_gap(headers, NOON) == gap
