"""Log lines in their forms, and the levels that flags and configuration give."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import TYPE_CHECKING

import pytest

from syncd.cli.logs import set_up
from syncd.cli.termination import Terminated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _leave_the_logger_as_it_was() -> Iterator[None]:
    logger = logging.getLogger("syncd")
    before = logger.handlers, logger.propagate, logger.level
    yield
    logger.handlers, logger.propagate, logger.level = before


def logged(form: str, *, level: str = "info", verbosity: int = 0, timed: bool = False) -> list[str]:
    stream = io.StringIO()
    logger = set_up(form, level, verbosity, stream, timed=timed)
    logger.debug("details")
    logger.info("done %s", 1)
    logger.warning("odd")
    logger.error("bad\nworse")
    return stream.getvalue().splitlines()


def test_text_names_the_level_of_all_but_plain_news() -> None:
    assert logged("text") == ["done 1", "warning: odd", "error: bad", "worse"]


def test_text_of_a_process_that_lasts_says_when() -> None:
    lines = logged("text", timed=True)
    assert [re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC ", "NOW ", line) for line in lines] == [
        "NOW done 1",
        "NOW warning: odd",
        "NOW error: bad",
        "worse",
    ]


@pytest.mark.parametrize(("raised", "lines"), [(Terminated, 0), (KeyboardInterrupt, 0), (OSError, 1)])
def test_a_library_that_a_signal_interrupts_prints_nothing(
    raised: type[BaseException], lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up("text", "info", 0, io.StringIO())
    assert logging.lastResort is not None
    record = logging.makeLogRecord(
        {"msg": "closing failed", "levelno": logging.ERROR, "exc_info": (raised, raised(), None)}
    )
    logging.lastResort.handle(record)
    assert capsys.readouterr().err.count("closing failed") == lines


def test_the_journal_is_not_reported_the_time() -> None:
    assert logged("journal", timed=True) == logged("journal")


def test_the_journal_gets_a_priority_on_every_line() -> None:
    assert logged("journal") == ["<6>done 1", "<4>odd", "<3>bad", "<3>worse"]


def test_json_is_one_object_a_line_with_its_time_in_utc() -> None:
    lines = [json.loads(line) for line in logged("json")]
    assert [(line["level"], line["message"]) for line in lines] == [
        ("info", "done 1"),
        ("warning", "odd"),
        ("error", "bad\nworse"),
    ]
    assert all(line["time"].endswith("+00:00") for line in lines)


def test_an_exception_becomes_a_field() -> None:
    stream = io.StringIO()
    logger = set_up("json", "info", 0, stream)
    try:
        int("broken")
    except ValueError:
        logger.exception("caught")
    assert "ValueError: invalid literal" in json.loads(stream.getvalue())["traceback"]


@pytest.mark.parametrize(
    ("level", "verbosity", "lines"), [("info", 0, 4), ("info", 1, 5), ("info", -1, 2), ("error", 0, 2), ("debug", 0, 5)]
)
def test_flags_go_before_the_configured_level(level: str, verbosity: int, lines: int) -> None:
    assert len(logged("text", level=level, verbosity=verbosity)) == lines


def test_setting_up_twice_logs_once() -> None:
    logged("text")
    assert len(logged("text")) == 4


def test_auto_takes_the_journals_form_where_systemd_names_the_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "journal").open("w") as stream:
        found = (tmp_path / "journal").stat()
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        set_up("auto", "info", 0, stream).warning("odd")
    assert (tmp_path / "journal").read_text() == "<4>odd\n"
    assert logged("auto")[0] == "done 1"
