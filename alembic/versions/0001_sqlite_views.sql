CREATE VIEW papers ( -- The papers that mailings announced, one row each, with the text of the first mailing and what is known of the paper now.
    id, -- arXiv id without version.
    day, -- Date of the first mailing here that has the paper.
    number, -- Position in that digest file, from 1.
    year, -- Year of day.
    month, -- Month of day, as YYYY-MM.
    section, -- Section of that mailing: new or cross. NULL where it is not certain.
    state, -- State of that mailing: complete, adopted or reconstructed.
    certainty, -- How certain day is: listed, proven, bounded, assumed or adopted.
    title, -- Title as announced, plain text.
    abstract, -- Abstract as announced, plain text.
    authors, -- Authors in order with commas between. NULL where never stated, empty where stated that there is none.
    primary_category, -- Primary category now, under its canonical name. NULL where no source was asked.
    categories, -- Categories now with blanks between, the primary first. NULL where no source was asked.
    version, -- The version whose text was announced. NULL where not known.
    latest_version, -- Number of the newest version known. NULL where no source stated it.
    withdrawn, -- Whether the newest version is a withdrawal. NULL where no source that names withdrawals showed it.
    submitter, -- NULL where never stated, empty where stated that there is none.
    comments, -- Comments of the authors. NULL where never stated, empty where there are none.
    journal_reference, -- NULL where never stated, empty where there is none.
    doi, -- DOI of the published paper. NULL where never stated, empty where there is none.
    report_number, -- NULL where never stated, empty where there is none.
    msc_class, -- Mathematics Subject Classification. NULL where never stated, empty where there is none.
    acm_class, -- ACM classification. NULL where never stated, empty where there is none.
    licence, -- Address of the licence. NULL where never stated, empty where there is none.
    source, -- The source of what is known now. NULL where no source was asked.
    seen, -- When that source showed it (UTC). NULL where no source was asked.
    abs_link, -- Address of the page at arXiv.
    pdf_link, -- Address of the PDF file at arXiv.
    entry_id -- The entry of the first mailing. The rowid in syncd_search on SQLite.
) AS
SELECT
    entry.paper_id,
    entry.day,
    entry.number,
    CAST(substr(entry.day, 1, 4) AS INTEGER),
    substr(entry.day, 1, 7),
    entry.section,
    mailing.state,
    entry.certainty,
    paper_text.title,
    paper_text.abstract,
    CASE WHEN paper.author_count = 0 THEN '' ELSE (SELECT group_concat(name, ', ') FROM (
        SELECT author.name FROM paper_author JOIN author ON author.id = paper_author.author_id
        WHERE paper_author.paper_id = entry.paper_id ORDER BY paper_author.position
    )) END,
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

CREATE VIEW papers_per_day ( -- The number of entries of each mailing.
    day, -- Date of the mailing.
    year, -- Year of day.
    month, -- Month of day, as YYYY-MM.
    state, -- complete, adopted or reconstructed.
    new_submissions, -- Entries of the section of new submissions. NULL where the sections are not certain.
    cross_lists, -- Entries of the section of cross-lists. NULL where the sections are not certain.
    papers -- All entries.
) AS
SELECT
    day, CAST(substr(day, 1, 4) AS INTEGER), substr(day, 1, 7), state, new_submissions, cross_lists, papers
FROM mailing;

CREATE VIEW papers_per_month ( -- The number of entries of the mailings held of each month.
    month, -- As YYYY-MM.
    mailings, -- Mailings held. A month may have more that are not held: see coverage.
    new_submissions, -- Entries of new submissions. NULL where the sections of a mailing are not certain.
    cross_lists, -- Entries of cross-lists. NULL where the sections of a mailing are not certain.
    papers -- All entries.
) AS
SELECT
    substr(day, 1, 7),
    count(*),
    CASE WHEN count(new_submissions) = count(*) THEN sum(new_submissions) END,
    CASE WHEN count(cross_lists) = count(*) THEN sum(cross_lists) END,
    sum(papers)
FROM mailing
GROUP BY substr(day, 1, 7);

CREATE VIEW authors ( -- The names of authors of announced papers. Two people of one name are one row.
    name, -- The name as given with a paper.
    papers, -- Number of announced papers.
    first_day, -- First mailing with a paper of that name.
    last_day -- Last mailing with a paper of that name.
) AS
SELECT
    name,
    papers,
    substr(first, 1, 4) || '-' || substr(first, 5, 2) || '-' || substr(first, 7, 2),
    substr(last, 1, 4) || '-' || substr(last, 5, 2) || '-' || substr(last, 7, 2)
FROM (
    -- Days are read off the ids, which the index has.
    SELECT author.name, count(DISTINCT entry.paper_id) AS papers, min(entry.id) AS first, max(entry.id) AS last
    FROM author
    JOIN paper_author ON paper_author.author_id = author.id
    JOIN entry ON entry.paper_id = paper_author.paper_id
    GROUP BY author.name
);

CREATE VIEW revisions ( -- The known versions of announced papers after the first, and how long after the mailing each came.
    id, -- The paper.
    day, -- Date of its first mailing here.
    version, -- Number of the version, from 2.
    received, -- When arXiv received the version (UTC).
    days, -- Days from day until then. Negative where the version is older than the mailing.
    withdrawn -- Whether a source named the version a withdrawal. NULL where none that names withdrawals showed it.
) AS
SELECT
    entry.paper_id,
    entry.day,
    version.number,
    version.created,
    CAST(julianday(substr(version.created, 1, 10)) - julianday(entry.day) AS INTEGER),
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

CREATE VIEW withdrawn ( -- The announced papers whose newest known version is a withdrawal.
    id, -- The paper.
    day, -- Date of its first mailing here.
    title, -- Title as announced.
    version, -- Number of the version that withdraws the paper.
    received, -- When arXiv received it (UTC).
    known, -- When a source first named it here (UTC). NULL where that is not recorded.
    seen, -- When OAI last showed the paper (UTC).
    abs_link -- Address of the page at arXiv.
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
CROSS JOIN paper ON paper.id = version.paper_id AND paper.latest_version = version.number
CROSS JOIN entry ON entry.paper_id = version.paper_id
JOIN paper_text ON paper_text.paper_id = entry.paper_id AND paper_text.number = entry.text_number
WHERE version.withdrawn AND NOT EXISTS (
    SELECT 1 FROM entry AS earlier WHERE earlier.paper_id = entry.paper_id AND earlier.id < entry.id
);

CREATE VIEW differences ( -- Where an entry differs from its paper now. Papers for which no source was asked are not here.
    id, -- The paper.
    day, -- The mailing.
    field, -- title, abstract or section.
    announced, -- The value of the mailing.
    current, -- The value now. A section is none where the paper has left the category.
    announced_version, -- The version whose text was announced. NULL where not known.
    latest_version, -- Number of the newest version known. NULL where no source stated it.
    source, -- The source of the value now.
    seen, -- When that source showed it (UTC).
    accepted, -- Whether a person accepted this difference. NULL where note is of this abstract, and syncd diff must say whether it still applies.
    note -- Why a person accepted it. NULL where none did.
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

CREATE VIEW coverage ( -- Every date from the first to the last of which something is recorded.
    day, -- Date.
    weekday, -- 1 is Monday, 7 is Sunday.
    state, -- conflict, failed, partial, complete, adopted, reconstructed, no-mailing or pending. Where several apply, the first of these. not asked: nothing is recorded.
    source, -- Where that is from. NULL where nothing is recorded.
    evidence, -- How it is known, in words. NULL where nothing is recorded.
    error, -- Code of the error or guard behind it. NULL without one.
    papers, -- Entries of the mailing. NULL where none is held.
    listed, -- Entries whose date is that of their listing. NULL where no mailing is held, as in the next four.
    proven, -- Entries whose date is proven from bulk metadata.
    bounded, -- Entries whose date is one of a few.
    assumed, -- Entries whose date is assumed.
    adopted -- Entries from a digest file that existed.
) AS
WITH RECURSIVE known (day) AS (
    SELECT day FROM mailing UNION SELECT day FROM syncd_finding
), dates (day) AS (
    SELECT min(day) FROM known
    UNION ALL
    SELECT date(day, '+1 day') FROM dates WHERE day < (SELECT max(day) FROM known)
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
    CAST(strftime('%w', dates.day, '-1 day') AS INTEGER) + 1,
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

CREATE VIEW requests ( -- The requests that were sent, and the pause before each: the proof of politeness.
    id, -- Number, ascending with time.
    started, -- When it was sent (UTC).
    ended, -- When its response had ended (UTC). NULL during the request, or if it was cut off.
    host, -- The host that was asked.
    pool, -- The pool whose pause it keeps, or several with + between.
    url, -- The address.
    status, -- HTTP status. NULL without an answer.
    bytes, -- Size of the body as it came. NULL while it is not known.
    outcome, -- How it ended. NULL during the request, or if it was cut off.
    gap_seconds -- Seconds from the end of the request before in the same pool. NULL for the first, and where that was cut off.
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
    (SELECT round(
        strftime('%s', substr(request.started, 1, 19)) - strftime('%s', substr(earlier.ended, 1, 19))
        + CAST(substr(request.started, 20) AS REAL) - CAST(substr(earlier.ended, 20) AS REAL), 3)
    FROM syncd_request AS earlier
    WHERE earlier.id < request.id AND (
        instr('+' || earlier.pool || '+', '+' || request.pool || '+') > 0
        OR instr('+' || request.pool || '+', '+' || earlier.pool || '+') > 0
    )
    ORDER BY earlier.id DESC LIMIT 1)
FROM syncd_request AS request;
