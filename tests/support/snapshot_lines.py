"""Lines of the public metadata set about papers of the loopback arXiv."""

from __future__ import annotations

import json
from email.utils import format_datetime
from typing import TYPE_CHECKING

from syncd.rehearsal.paper_details import paper_details

if TYPE_CHECKING:
    from syncd.core.model import Record


def snapshot_line(found: Record) -> str:
    """What the set says of a paper, without the end of the line."""
    details = paper_details(found.id)
    versions = [
        {"version": f"v{one.number}", "created": format_datetime(one.created, usegmt=True)} for one in found.versions
    ]
    fields = {
        "id": found.id,
        "submitter": details.submitter,
        "authors": details.typed_authors,
        "title": found.title,
        "comments": details.comments.typed if details.comments else None,
        "journal-ref": details.journal_reference,
        "doi": details.doi,
        "report-no": details.report_number,
        "categories": " ".join(found.categories),
        "license": details.licence,
        "abstract": found.abstract,
        "versions": versions,
        "update_date": str(found.datestamp),
        "authors_parsed": [[one.key_name or one.printed, one.forenames, ""] for one in details.authors],
    }
    return json.dumps(fields)
