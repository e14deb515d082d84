CREATE VIEW papers (
    id, day, number, year, month, section, state, certainty, title, abstract, authors, primary_category, categories,
    version, latest_version, withdrawn, submitter, comments, journal_reference, doi, report_number, msc_class,
    acm_class, licence, source, seen, abs_link, pdf_link, entry_id
) AS
SELECT
    entry.paper_id,
    entry.day,
    entry.number,
    CAST(extract(year FROM entry.day) AS integer),
    to_char(entry.day, 'YYYY-MM'),
    entry.section,
    mailing.state,
    entry.certainty,
    paper_text.title,
    paper_text.abstract,
    CASE WHEN paper.author_count = 0 THEN '' ELSE (
        SELECT string_agg(author.name, ', ' ORDER BY paper_author.position)
        FROM paper_author JOIN author ON author.id = paper_author.author_id
        WHERE paper_author.paper_id = entry.paper_id
    ) END,
    (SELECT category FROM paper_category WHERE paper_category.paper_id = entry.paper_id AND is_primary),
    paper.categories,
    entry.version,
    paper.latest_version,
    (SELECT CASE WHEN version.withdrawn THEN TRUE
        WHEN paper.source = 'oai' AND paper.seen >= version.created OR EXISTS (
            SELECT 1 FROM sighting
            WHERE sighting.paper_id = version.paper_id AND sighting.source = 'oai' AND sighting.seen >= version.created
        ) THEN FALSE END
    FROM version WHERE version.paper_id = paper.id AND version.number = paper.latest_version),
    paper.submitter,
    paper.comments,
    paper.journal_reference,
    paper.doi,
    paper.report_number,
    paper.msc_class,
    paper.acm_class,
    paper.licence,
    paper.source,
    paper.seen,
    'https://arxiv.org/abs/' || entry.paper_id,
    'https://arxiv.org/pdf/' || entry.paper_id,
    entry.id
FROM entry
LEFT JOIN mailing ON mailing.day = entry.day
LEFT JOIN paper ON paper.id = entry.paper_id
LEFT JOIN paper_text ON paper_text.paper_id = entry.paper_id AND paper_text.number = entry.text_number
WHERE NOT EXISTS (
    SELECT 1 FROM entry AS earlier WHERE earlier.paper_id = entry.paper_id AND earlier.id < entry.id
);

COMMENT ON VIEW papers IS 'The papers that mailings announced, one row each, with the text of the first mailing and what is known of the paper now.';

COMMENT ON COLUMN papers.id IS 'arXiv id without version.';

COMMENT ON COLUMN papers.day IS 'Date of the first mailing here that has the paper.';

COMMENT ON COLUMN papers.number IS 'Position in that digest file, from 1.';

COMMENT ON COLUMN papers.year IS 'Year of day.';

COMMENT ON COLUMN papers.month IS 'Month of day, as YYYY-MM.';

COMMENT ON COLUMN papers.section IS 'Section of that mailing: new or cross. NULL where it is not certain.';

COMMENT ON COLUMN papers.state IS 'State of that mailing: complete, adopted or reconstructed.';

COMMENT ON COLUMN papers.certainty IS 'How certain day is: listed, proven, bounded, assumed or adopted.';

COMMENT ON COLUMN papers.title IS 'Title as announced, plain text.';

COMMENT ON COLUMN papers.abstract IS 'Abstract as announced, plain text.';

COMMENT ON COLUMN papers.authors IS 'Authors in order with commas between. NULL where never stated, empty where stated that there is none.';

COMMENT ON COLUMN papers.primary_category IS 'Primary category now, under its canonical name. NULL where no source was asked.';

COMMENT ON COLUMN papers.categories IS 'Categories now with blanks between, the primary first. NULL where no source was asked.';

COMMENT ON COLUMN papers.version IS 'The version whose text was announced. NULL where not known.';

COMMENT ON COLUMN papers.latest_version IS 'Number of the newest version known. NULL where no source stated it.';

COMMENT ON COLUMN papers.withdrawn IS 'Whether the newest version is a withdrawal. NULL where no source that names withdrawals showed it.';

COMMENT ON COLUMN papers.submitter IS 'NULL where never stated, empty where stated that there is none.';

COMMENT ON COLUMN papers.comments IS 'Comments of the authors. NULL where never stated, empty where there are none.';

COMMENT ON COLUMN papers.journal_reference IS 'NULL where never stated, empty where there is none.';

COMMENT ON COLUMN papers.doi IS 'DOI of the published paper. NULL where never stated, empty where there is none.';

COMMENT ON COLUMN papers.report_number IS 'NULL where never stated, empty where there is none.';

COMMENT ON COLUMN papers.msc_class IS 'Mathematics Subject Classification. NULL where never stated, empty where there is none.';

COMMENT ON COLUMN papers.acm_class IS 'ACM classification. NULL where never stated, empty where there is none.';

COMMENT ON COLUMN papers.licence IS 'Address of the licence. NULL where never stated, empty where there is none.';

COMMENT ON COLUMN papers.source IS 'The source of what is known now. NULL where no source was asked.';

COMMENT ON COLUMN papers.seen IS 'When that source showed it (UTC). NULL where no source was asked.';

COMMENT ON COLUMN papers.abs_link IS 'Address of the page at arXiv.';

COMMENT ON COLUMN papers.pdf_link IS 'Address of the PDF file at arXiv.';

COMMENT ON COLUMN papers.entry_id IS 'The entry of the first mailing. The rowid in syncd_search on SQLite.';

CREATE VIEW papers_per_day (
    day, year, month, state, new_submissions, cross_lists, papers
) AS
SELECT
    day, CAST(extract(year FROM day) AS integer), to_char(day, 'YYYY-MM'), state, new_submissions, cross_lists, papers
FROM mailing;

COMMENT ON VIEW papers_per_day IS 'The number of entries of each mailing.';

COMMENT ON COLUMN papers_per_day.day IS 'Date of the mailing.';

COMMENT ON COLUMN papers_per_day.year IS 'Year of day.';

COMMENT ON COLUMN papers_per_day.month IS 'Month of day, as YYYY-MM.';

COMMENT ON COLUMN papers_per_day.state IS 'complete, adopted or reconstructed.';

COMMENT ON COLUMN papers_per_day.new_submissions IS 'Entries of the section of new submissions. NULL where the sections are not certain.';

COMMENT ON COLUMN papers_per_day.cross_lists IS 'Entries of the section of cross-lists. NULL where the sections are not certain.';

COMMENT ON COLUMN papers_per_day.papers IS 'All entries.';

CREATE VIEW papers_per_month (
    month, mailings, new_submissions, cross_lists, papers
) AS
SELECT
    to_char(day, 'YYYY-MM'),
    count(*),
    CASE WHEN count(new_submissions) = count(*) THEN sum(new_submissions) END,
    CASE WHEN count(cross_lists) = count(*) THEN sum(cross_lists) END,
    sum(papers)
FROM mailing
GROUP BY to_char(day, 'YYYY-MM');

COMMENT ON VIEW papers_per_month IS 'The number of entries of the mailings held of each month.';

COMMENT ON COLUMN papers_per_month.month IS 'As YYYY-MM.';

COMMENT ON COLUMN papers_per_month.mailings IS 'Mailings held. A month may have more that are not held: see coverage.';

COMMENT ON COLUMN papers_per_month.new_submissions IS 'Entries of new submissions. NULL where the sections of a mailing are not certain.';

COMMENT ON COLUMN papers_per_month.cross_lists IS 'Entries of cross-lists. NULL where the sections of a mailing are not certain.';

COMMENT ON COLUMN papers_per_month.papers IS 'All entries.';

CREATE VIEW authors (
    name, papers, first_day, last_day
) AS
SELECT author.name, count(DISTINCT entry.paper_id), min(entry.day), max(entry.day)
FROM author
JOIN paper_author ON paper_author.author_id = author.id
JOIN entry ON entry.paper_id = paper_author.paper_id
GROUP BY author.name;

COMMENT ON VIEW authors IS 'The names of authors of announced papers. Two people of one name are one row.';

COMMENT ON COLUMN authors.name IS 'The name as given with a paper.';

COMMENT ON COLUMN authors.papers IS 'Number of announced papers.';

COMMENT ON COLUMN authors.first_day IS 'First mailing with a paper of that name.';

COMMENT ON COLUMN authors.last_day IS 'Last mailing with a paper of that name.';

CREATE VIEW revisions (
    id, day, version, received, days, withdrawn
) AS
SELECT
    entry.paper_id,
    entry.day,
    version.number,
    version.created,
    CAST(version.created AT TIME ZONE 'UTC' AS date) - entry.day,
    CASE WHEN version.withdrawn THEN TRUE
        WHEN paper.source = 'oai' AND paper.seen >= version.created OR EXISTS (
            SELECT 1 FROM sighting
            WHERE sighting.paper_id = version.paper_id AND sighting.source = 'oai' AND sighting.seen >= version.created
        ) THEN FALSE END
FROM entry
JOIN paper ON paper.id = entry.paper_id
JOIN version ON version.paper_id = entry.paper_id AND version.number > 1
WHERE NOT EXISTS (
    SELECT 1 FROM entry AS earlier WHERE earlier.paper_id = entry.paper_id AND earlier.id < entry.id
);

COMMENT ON VIEW revisions IS 'The known versions of announced papers after the first, and how long after the mailing each came.';

COMMENT ON COLUMN revisions.id IS 'The paper.';

COMMENT ON COLUMN revisions.day IS 'Date of its first mailing here.';

COMMENT ON COLUMN revisions.version IS 'Number of the version, from 2.';

COMMENT ON COLUMN revisions.received IS 'When arXiv received the version (UTC).';

COMMENT ON COLUMN revisions.days IS 'Days from day until then. Negative where the version is older than the mailing.';

COMMENT ON COLUMN revisions.withdrawn IS 'Whether a source named the version a withdrawal. NULL where none that names withdrawals showed it.';

CREATE VIEW withdrawn (
    id, day, title, version, received, known, seen, abs_link
) AS
SELECT
    entry.paper_id,
    entry.day,
    paper_text.title,
    version.number,
    version.created,
    version.withdrawal_seen,
    CASE WHEN paper.source = 'oai' THEN paper.seen ELSE (
        SELECT sighting.seen FROM sighting WHERE sighting.paper_id = entry.paper_id AND sighting.source = 'oai'
    ) END,
    'https://arxiv.org/abs/' || entry.paper_id
FROM version
JOIN paper ON paper.id = version.paper_id AND paper.latest_version = version.number
JOIN entry ON entry.paper_id = version.paper_id
JOIN paper_text ON paper_text.paper_id = entry.paper_id AND paper_text.number = entry.text_number
WHERE version.withdrawn AND NOT EXISTS (
    SELECT 1 FROM entry AS earlier WHERE earlier.paper_id = entry.paper_id AND earlier.id < entry.id
);

COMMENT ON VIEW withdrawn IS 'The announced papers whose newest known version is a withdrawal.';

COMMENT ON COLUMN withdrawn.id IS 'The paper.';

COMMENT ON COLUMN withdrawn.day IS 'Date of its first mailing here.';

COMMENT ON COLUMN withdrawn.title IS 'Title as announced.';

COMMENT ON COLUMN withdrawn.version IS 'Number of the version that withdraws the paper.';

COMMENT ON COLUMN withdrawn.received IS 'When arXiv received it (UTC).';

COMMENT ON COLUMN withdrawn.known IS 'When a source first named it here (UTC). NULL where that is not recorded.';

COMMENT ON COLUMN withdrawn.seen IS 'When OAI last showed the paper (UTC).';

COMMENT ON COLUMN withdrawn.abs_link IS 'Address of the page at arXiv.';

CREATE VIEW differences (
    id, day, field, announced, current, announced_version, latest_version, source, seen, accepted, note
) AS
SELECT
    found.paper_id, found.day, found.field, found.announced, found.current,
    found.version, found.latest_version, found.source, found.seen,
    CASE WHEN found.note IS NULL THEN FALSE WHEN found.ours IS NOT NULL AND found.theirs IS NOT NULL THEN TRUE END,
    found.note
FROM (
    SELECT each.*, (
        SELECT accepted.note FROM syncd_accepted AS accepted
        WHERE accepted.day = each.day AND accepted.paper_id = each.paper_id AND accepted.field = each.field
            AND accepted.ours = coalesce(each.ours, accepted.ours)
            AND accepted.theirs = coalesce(each.theirs, accepted.theirs)
        ORDER BY accepted.recorded DESC LIMIT 1
    ) AS note
    FROM (
        SELECT
            entry.paper_id, entry.day, 'title' AS field, announced.title AS announced, later.title AS current,
            entry.version, paper.latest_version, paper.source, paper.seen,
            coalesce(announced.title_html, replace(replace(replace(announced.title, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')) AS ours,
            coalesce(later.title_html, replace(replace(replace(later.title, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')) AS theirs
        FROM entry
        JOIN paper ON paper.id = entry.paper_id AND paper.text_number <> entry.text_number
        JOIN paper_text AS announced
            ON announced.paper_id = entry.paper_id AND announced.number = entry.text_number
        JOIN paper_text AS later ON later.paper_id = paper.id AND later.number = paper.text_number
        WHERE announced.title <> later.title
        UNION ALL
        SELECT
            entry.paper_id, entry.day, 'abstract', announced.abstract, later.abstract,
            entry.version, paper.latest_version, paper.source, paper.seen,
            coalesce(announced.abstract_html, CASE WHEN NOT announced.has_markup THEN announced.abstract END),
            coalesce(later.abstract_html, CASE WHEN NOT later.has_markup THEN later.abstract END)
        FROM entry
        JOIN paper ON paper.id = entry.paper_id AND paper.text_number <> entry.text_number
        JOIN paper_text AS announced
            ON announced.paper_id = entry.paper_id AND announced.number = entry.text_number
        JOIN paper_text AS later ON later.paper_id = paper.id AND later.number = paper.text_number
        WHERE announced.abstract <> later.abstract
        UNION ALL
        SELECT
            entry.paper_id, entry.day, 'section', entry.section,
            CASE WHEN placed.is_primary THEN 'new' WHEN NOT placed.is_primary THEN 'cross' ELSE 'none' END,
            entry.version, paper.latest_version, paper.source, paper.seen,
            entry.section,
            CASE WHEN placed.is_primary THEN 'new' WHEN NOT placed.is_primary THEN 'cross' ELSE 'none' END
        FROM entry
        JOIN paper ON paper.id = entry.paper_id AND paper.categories IS NOT NULL
        JOIN syncd_archive ON syncd_archive.id = 1
        JOIN category ON category.code = syncd_archive.category
        LEFT JOIN paper_category AS placed
            ON placed.paper_id = entry.paper_id AND placed.category = category.code
        WHERE entry.section <> CASE
            WHEN placed.is_primary THEN 'new' WHEN NOT placed.is_primary THEN 'cross' ELSE 'none' END
    ) AS each
) AS found;

COMMENT ON VIEW differences IS 'Where an entry differs from its paper now. Papers for which no source was asked are not here.';

COMMENT ON COLUMN differences.id IS 'The paper.';

COMMENT ON COLUMN differences.day IS 'The mailing.';

COMMENT ON COLUMN differences.field IS 'title, abstract or section.';

COMMENT ON COLUMN differences.announced IS 'The value of the mailing.';

COMMENT ON COLUMN differences.current IS 'The value now. A section is none where the paper has left the category.';

COMMENT ON COLUMN differences.announced_version IS 'The version whose text was announced. NULL where not known.';

COMMENT ON COLUMN differences.latest_version IS 'Number of the newest version known. NULL where no source stated it.';

COMMENT ON COLUMN differences.source IS 'The source of the value now.';

COMMENT ON COLUMN differences.seen IS 'When that source showed it (UTC).';

COMMENT ON COLUMN differences.accepted IS 'Whether a person accepted this difference. NULL where note is of this abstract, and syncd diff must say whether it still applies.';

COMMENT ON COLUMN differences.note IS 'Why a person accepted it. NULL where none did.';

CREATE VIEW coverage (
    day, weekday, state, source, evidence, error, papers, listed, proven, bounded, assumed, adopted
) AS
WITH RECURSIVE known (day) AS (
    SELECT day FROM mailing UNION SELECT day FROM syncd_finding
), dates (day) AS (
    SELECT min(day) FROM known
    UNION ALL
    SELECT day + 1 FROM dates WHERE day < (SELECT max(day) FROM known)
), counted (day, listed, proven, bounded, assumed, adopted) AS (
    SELECT
        mailing.day,
        count(CASE WHEN certainty = 'listed' THEN 1 END),
        count(CASE WHEN certainty = 'proven' THEN 1 END),
        count(CASE WHEN certainty = 'bounded' THEN 1 END),
        count(CASE WHEN certainty = 'assumed' THEN 1 END),
        count(CASE WHEN certainty = 'adopted' THEN 1 END)
    FROM mailing LEFT JOIN entry ON entry.day = mailing.day
    GROUP BY mailing.day
), finding AS (
    SELECT
        syncd_finding.day, syncd_finding.state, syncd_finding.source, syncd_finding.evidence, syncd_finding.error
    FROM syncd_finding LEFT JOIN mailing ON mailing.day = syncd_finding.day
    WHERE mailing.day IS NULL OR syncd_finding.state IN ('conflict', 'failed', 'partial')
)
SELECT
    dates.day,
    CAST(extract(isodow FROM dates.day) AS integer),
    coalesce(finding.state, mailing.state, 'not asked'),
    CASE WHEN finding.day IS NULL THEN mailing.source ELSE finding.source END,
    CASE WHEN finding.day IS NULL THEN mailing.evidence ELSE finding.evidence END,
    finding.error,
    mailing.papers,
    counted.listed,
    counted.proven,
    counted.bounded,
    counted.assumed,
    counted.adopted
FROM dates
LEFT JOIN finding ON finding.day = dates.day
LEFT JOIN mailing ON mailing.day = dates.day
LEFT JOIN counted ON counted.day = dates.day
WHERE dates.day IS NOT NULL;

COMMENT ON VIEW coverage IS 'Every date from the first to the last of which something is recorded.';

COMMENT ON COLUMN coverage.day IS 'Date.';

COMMENT ON COLUMN coverage.weekday IS '1 is Monday, 7 is Sunday.';

COMMENT ON COLUMN coverage.state IS 'conflict, failed, partial, complete, adopted, reconstructed, no-mailing or pending. Where several apply, the first of these. not asked: nothing is recorded.';

COMMENT ON COLUMN coverage.source IS 'Where that is from. NULL where nothing is recorded.';

COMMENT ON COLUMN coverage.evidence IS 'How it is known, in words. NULL where nothing is recorded.';

COMMENT ON COLUMN coverage.error IS 'Code of the error or guard behind it. NULL without one.';

COMMENT ON COLUMN coverage.papers IS 'Entries of the mailing. NULL where none is held.';

COMMENT ON COLUMN coverage.listed IS 'Entries whose date is that of their listing. NULL where no mailing is held, as in the next four.';

COMMENT ON COLUMN coverage.proven IS 'Entries whose date is proven from bulk metadata.';

COMMENT ON COLUMN coverage.bounded IS 'Entries whose date is one of a few.';

COMMENT ON COLUMN coverage.assumed IS 'Entries whose date is assumed.';

COMMENT ON COLUMN coverage.adopted IS 'Entries from a digest file that existed.';

CREATE VIEW requests (
    id, started, ended, host, pool, url, status, bytes, outcome, gap_seconds
) AS
SELECT
    request.id,
    request.started,
    request.ended,
    request.host,
    request.pool,
    request.url,
    request.status,
    request.bytes,
    request.outcome,
    (SELECT CAST(round(CAST(extract(epoch FROM request.started - earlier.ended) AS numeric), 3) AS double precision)
    FROM syncd_request AS earlier
    WHERE earlier.id < request.id AND (
        strpos('+' || earlier.pool || '+', '+' || request.pool || '+') > 0
        OR strpos('+' || request.pool || '+', '+' || earlier.pool || '+') > 0
    )
    ORDER BY earlier.id DESC LIMIT 1)
FROM syncd_request AS request;

COMMENT ON VIEW requests IS 'The requests that were sent, and the pause before each: the proof of politeness.';

COMMENT ON COLUMN requests.id IS 'Number, ascending with time.';

COMMENT ON COLUMN requests.started IS 'When it was sent (UTC).';

COMMENT ON COLUMN requests.ended IS 'When its response had ended (UTC). NULL during the request, or if it was cut off.';

COMMENT ON COLUMN requests.host IS 'The host that was asked.';

COMMENT ON COLUMN requests.pool IS 'The pool whose pause it keeps, or several with + between.';

COMMENT ON COLUMN requests.url IS 'The address.';

COMMENT ON COLUMN requests.status IS 'HTTP status. NULL without an answer.';

COMMENT ON COLUMN requests.bytes IS 'Size of the body as it came. NULL while it is not known.';

COMMENT ON COLUMN requests.outcome IS 'How it ended. NULL during the request, or if it was cut off.';

COMMENT ON COLUMN requests.gap_seconds IS 'Seconds from the end of the request before in the same pool. NULL for the first, and where that was cut off.';
