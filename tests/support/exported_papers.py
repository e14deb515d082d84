"""Papers to export: one with every field, one of which only its mailing is known, and any."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from syncd.core.exported_paper import ExportedPaper
from syncd.core.model import Author, Certainty, Metadata, Section, Version, paper_id

KNOWN = ExportedPaper(
    paper_id("2104.02703"),
    date(2021, 4, 7),
    3,
    Section.NEW,
    Certainty.LISTED,
    1,
    "NeRF and $\\beta$-VAE: 100% of a U-Net",
    "We show that $x_1 < y$.",
    current_title="NeRF & more",
    categories=("cs.CV", "cs.LG"),
    latest_version=2,
    versions=(
        Version(1, datetime(2021, 4, 6, 17, 30, tzinfo=UTC)),
        Version(2, datetime(2021, 5, 6, 8, 0, 1, tzinfo=UTC), withdrawn=True, size=12, source_type="I"),
    ),
    metadata=Metadata(
        authors=(Author("Laurens van der Maaten", "Laurens", "van der Maaten"), Author("Jürgen Müller, Jr.")),
        submitter="Laurens van der Maaten",
        comments="=10 pages, 5 figures",
        journal_reference="",
        doi="10.1000/a_b",
        licence="http://creativecommons.org/licenses/by/4.0/",
    ),
    last_modified=date(2021, 5, 7),
    source="oai",
    seen=datetime(2026, 11, 25, 18, 56, 46, 999, tzinfo=UTC),
)
UNKNOWN = ExportedPaper(
    paper_id("cs/0401001"), date(2004, 1, 6), 1, None, Certainty.ADOPTED, None, "A Title", "An abstract."
)

TEX = st.lists(
    st.sampled_from([*"\\{}$%&#_^~<>|@\"'`, ab1é", "β", "\\emph", "\\frac", "\\input", "\\(", "\\)", "$x$", "and"])
)
"""Parts of texts, most of which mean something to TeX or BibTeX."""
TEXTS = st.one_of(TEX.map("".join), st.text(st.characters(codec="utf-8")))
AUTHORS = st.builds(Author, TEXTS, st.none() | TEXTS, st.none() | TEXTS)
STATED = st.none() | TEXTS
METADATA = st.builds(
    Metadata,
    st.none() | st.lists(AUTHORS, max_size=3).map(tuple),
    STATED,
    STATED,
    STATED,
    STATED,
    STATED,
    STATED,
    STATED,
    STATED,
)
PAPERS = st.builds(
    ExportedPaper,
    id=st.sampled_from([KNOWN.id, UNKNOWN.id]),
    day=st.dates(),
    number=st.integers(1, 2000),
    section=st.none() | st.sampled_from([Section.NEW, Section.CROSS]),
    certainty=st.sampled_from(Certainty),
    version=st.none() | st.integers(1, 9),
    title=TEXTS,
    abstract=TEXTS,
    current_title=STATED,
    current_abstract=STATED,
    categories=st.sampled_from([(), ("cs.CV",), ("cs.CV", "cs.LG")]),
    versions=st.sampled_from([(), KNOWN.versions]),
    metadata=METADATA,
    seen=st.none() | st.datetimes(timezones=st.just(UTC)),
)
