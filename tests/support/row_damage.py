"""Provide ways in which rows of a small archive are damaged behind syncd's back, as statements in SQL by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


def set_text(column: str, value: str, where: str) -> str:
    """Return SQL that gives the texts of these entries another `title` or `abstract`. The value is an SQL expression."""
    texts = f"SELECT paper_id, text_number FROM entry WHERE {where}"  # noqa: S608  written in tests
    html = "title_html = NULL" if column == "title" else "abstract_html = NULL, has_markup = false"
    return f"UPDATE paper_text SET {column} = {value}, {html} WHERE (paper_id, number) IN ({texts})"  # noqa: S608  written in tests


def lose(table: str, day: date) -> str:
    """Return SQL that deletes what `mailing` or `entry` holds of a date."""
    return f"DELETE FROM {table} WHERE day = '{day}'"  # noqa: S608  written in tests


ROW_DAMAGES = {
    "title": set_text("title", "'Another Title'", "day = '2021-04-07' AND number = 1"),
    "abstract": set_text("abstract", "abstract || ' More.'", "day = '2021-04-07' AND number = 2"),
    "hostile text": set_text("title", "'a' || char(10) || 'b'", "day = '2021-04-07' AND number = 1"),
    "bytes for text": set_text("title", "X'C3'", "day = '2021-04-07' AND number = 1"),
    "order": "UPDATE entry SET number = number + 100 WHERE day = '2021-04-07' AND number = 1",
    "id": "UPDATE entry SET paper_id = '2104.08999' WHERE day = '2021-04-07' AND number = 1",
    "no id": "UPDATE entry SET paper_id = 'x' WHERE day = '2021-04-07' AND number = 1",
    "section": "UPDATE entry SET section = 'cross' WHERE day = '2021-04-07' AND number = 1",
    "section lost": "UPDATE entry SET section = NULL WHERE day = '2021-04-07' AND number = 1",
    "sections exchanged": "UPDATE entry SET section = CASE number WHEN 1 THEN 'cross' ELSE 'new' END "
    "WHERE day = '2021-04-07' AND number IN (1, 5)",
    "an entry lost": "DELETE FROM entry WHERE day = '2021-04-07' AND number = 5",
    "an entry moved": "UPDATE entry SET day = '2021-04-06', number = 90 WHERE day = '2021-04-07' AND number = 5",
    "version": "UPDATE entry SET version = 7 WHERE day = '2021-04-07' AND number = 1",
    "certainty": "UPDATE entry SET certainty = 'proven' WHERE day = '2021-04-07' AND number = 1",
    "last number": "UPDATE entry SET number = number + 1 WHERE day = '2021-04-07' AND number = 5",
    "entry id": "UPDATE entry SET id = id + 100 WHERE day = '2021-04-07' AND number = 5",
    "text number": "UPDATE entry SET text_number = 2 WHERE day = '2021-04-07' AND number = 1",
    "section and counts": "UPDATE entry SET section = CASE number WHEN 1 THEN 'new' ELSE 'cross' END "
    "WHERE day = '2021-04-07'",
    "tail": "UPDATE mailing SET tail = 1 WHERE day = '2021-04-07'",
    "papers": "UPDATE mailing SET papers = 6, new_submissions = 4 WHERE day = '2021-04-07'",
    "counts": "UPDATE mailing SET new_submissions = 4, cross_lists = 1 WHERE day = '2021-04-07'",
    "counts lost": "UPDATE mailing SET new_submissions = NULL, cross_lists = NULL WHERE day = '2021-04-07'",
    "state": "UPDATE mailing SET state = 'complete' WHERE day = '2021-04-07'",
    "source": "UPDATE mailing SET source = 'catchup' WHERE day = '2021-04-07'",
    "evidence": "UPDATE mailing SET evidence = 'I know' WHERE day = '2021-04-07'",
    "response": "UPDATE mailing SET response = NULL WHERE day = '2021-04-07'",
    "recorded": "UPDATE mailing SET recorded = '2020-01-01T00:00:00.000000Z' WHERE day = '2021-04-07'",
    "hash": "UPDATE mailing SET sha256 = printf('%064d', 0) WHERE day = '2021-04-07'",
}
