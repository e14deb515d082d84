"""The fields of an exported paper, in the order of JSON Lines and CSV. It must not know how either spells a value."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from syncd.core.markup.anchors import ARXIV

if TYPE_CHECKING:
    from datetime import datetime

    from syncd.core.exported_paper import ExportedPaper
    from syncd.core.model import Author, Version
    from syncd.report.json_fields import Fields


def build_fields(paper: ExportedPaper) -> Fields:
    """Return the fields of a paper in order. What is not known is None. What a source states not to exist is empty."""
    stated = paper.metadata
    return {
        "id": paper.id,
        "first_mailing": str(paper.day),
        "number": paper.number,
        "section": paper.section,
        "placed": paper.certainty,
        "version": paper.version,
        "title": paper.title,
        "abstract": paper.abstract,
        "current_title": paper.current_title,
        "current_abstract": paper.current_abstract,
        "authors": None if stated.authors is None else [_build_author(author) for author in stated.authors],
        "categories": list(paper.categories) or None,
        "primary_category": next(iter(paper.categories), None),
        "latest_version": paper.latest_version,
        "versions": [_build_version(version) for version in paper.versions] or None,
        "withdrawn": paper.withdrawn,
        "submitter": stated.submitter,
        "comments": stated.comments,
        "journal_reference": stated.journal_reference,
        "doi": stated.doi,
        "report_number": stated.report_number,
        "msc_class": stated.msc_class,
        "acm_class": stated.acm_class,
        "licence": stated.licence,
        "last_modified": None if paper.last_modified is None else str(paper.last_modified),
        "source": paper.source,
        "seen": None if paper.seen is None else format_time(paper.seen),
        "url": format_url(paper),
        "pdf_url": f"{ARXIV}/pdf/{paper.id}",
        "reason": paper.reason,
    }


def format_url(paper: ExportedPaper) -> str:
    """Return the address of the paper at arXiv, which shows its newest version."""
    return f"{ARXIV}/abs/{paper.id}"


def format_time(moment: datetime) -> str:
    """Return a moment as ISO 8601 in UTC, in whole seconds: `2026-11-25T18:56:46Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _build_author(author: Author) -> Fields:
    return {"name": author.name, "forenames": author.forenames, "key_name": author.key_name}


def _build_version(version: Version) -> Fields:
    return {
        "number": version.number,
        "created": format_time(version.created),
        "withdrawn": version.withdrawn,
        "size_kb": version.size,
        "source_type": version.source_type,
    }
