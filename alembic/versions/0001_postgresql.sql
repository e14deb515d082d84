CREATE TABLE author (
    id SERIAL NOT NULL,
    name TEXT NOT NULL,
    forenames TEXT,
    key_name TEXT,
    rows_hash INTEGER,
    CONSTRAINT pk_author PRIMARY KEY (id),
    CONSTRAINT uq_author_name UNIQUE (name)
);

COMMENT ON TABLE author IS 'A name of authors. Two people of one name are one row, and one person with two spellings two.';

COMMENT ON COLUMN author.id IS 'Number in this database.';

COMMENT ON COLUMN author.name IS 'The name as given with a paper.';

COMMENT ON COLUMN author.forenames IS 'NULL where no source stated them apart.';

COMMENT ON COLUMN author.key_name IS 'The name to sort by. NULL where no source stated it apart.';

COMMENT ON COLUMN author.rows_hash IS 'Hash of this row. A row changed by hand breaks it.';

CREATE TABLE category (
    code VARCHAR(32) NOT NULL,
    archive VARCHAR(32) NOT NULL,
    CONSTRAINT pk_category PRIMARY KEY (code)
);

COMMENT ON TABLE category IS 'A category of arXiv that a paper here has.';

COMMENT ON COLUMN category.code IS 'Code of arXiv, such as cs.CV. An alias has the code of its canonical name.';

COMMENT ON COLUMN category.archive IS 'The part before the full stop, such as cs.';

CREATE TABLE mailing (
    day DATE NOT NULL,
    state VARCHAR(16) NOT NULL,
    source TEXT NOT NULL,
    evidence TEXT NOT NULL,
    response VARCHAR(64),
    sha256 VARCHAR(64) NOT NULL,
    tail INTEGER NOT NULL,
    papers INTEGER NOT NULL,
    new_submissions INTEGER,
    cross_lists INTEGER,
    recorded TIMESTAMP WITH TIME ZONE NOT NULL,
    rows_sha256 VARCHAR(64) NOT NULL,
    CONSTRAINT pk_mailing PRIMARY KEY (day),
    CONSTRAINT ck_mailing_state CHECK (state IN ('complete', 'adopted', 'reconstructed')),
    CONSTRAINT ck_mailing_sha256_length CHECK (length(sha256) = 64),
    CONSTRAINT ck_mailing_rows_sha256_length CHECK (length(rows_sha256) = 64),
    CONSTRAINT ck_mailing_tail CHECK (tail >= 0),
    CONSTRAINT ck_mailing_papers CHECK (papers >= 0),
    CONSTRAINT ck_mailing_sections CHECK (new_submissions + cross_lists = papers)
);

COMMENT ON TABLE mailing IS 'One announcement of the category: one digest file.';

COMMENT ON COLUMN mailing.day IS 'Date in the heading of arXiv''s listing, which is the day after the announcement evening.';

COMMENT ON COLUMN mailing.state IS 'complete: from a listing of that date. adopted: from a file that existed. reconstructed: from bulk metadata.';

COMMENT ON COLUMN mailing.source IS 'Where it came from: new, catchup, page, adopted, oai or snapshot.';

COMMENT ON COLUMN mailing.evidence IS 'How its date is known, in words.';

COMMENT ON COLUMN mailing.response IS 'SHA-256 of the response in the vault behind it. NULL without one.';

COMMENT ON COLUMN mailing.sha256 IS 'SHA-256 of the digest file.';

COMMENT ON COLUMN mailing.tail IS 'Number of blanks that end each abstract line of the file.';

COMMENT ON COLUMN mailing.papers IS 'Number of entries.';

COMMENT ON COLUMN mailing.new_submissions IS 'Entries of the section of new submissions. NULL where the sections are not certain.';

COMMENT ON COLUMN mailing.cross_lists IS 'Entries of the section of cross-lists. NULL where the sections are not certain.';

COMMENT ON COLUMN mailing.recorded IS 'When this was recorded (UTC).';

COMMENT ON COLUMN mailing.rows_sha256 IS 'SHA-256 of this row and of its entries, all columns. Rows that were changed by hand break it.';

CREATE TABLE paper_text (
    paper_id VARCHAR(32) COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    title TEXT NOT NULL,
    abstract TEXT NOT NULL,
    title_html TEXT,
    has_markup BOOLEAN NOT NULL,
    abstract_html TEXT,
    CONSTRAINT pk_paper_text PRIMARY KEY (paper_id, number),
    CONSTRAINT ck_paper_text_number CHECK (number >= 1)
);

COMMENT ON TABLE paper_text IS 'A title with its abstract, stored once for each paper. Rows never change.';

COMMENT ON COLUMN paper_text.paper_id IS 'The paper.';

COMMENT ON COLUMN paper_text.number IS '1, 2, … in the order in which syncd saw the texts. It is not the version.';

COMMENT ON COLUMN paper_text.title IS 'Plain text. TeX is as the author wrote it.';

COMMENT ON COLUMN paper_text.abstract IS 'Plain text. Two blanks begin a paragraph. TeX is as the author wrote it.';

COMMENT ON COLUMN paper_text.title_html IS 'As in a digest file. NULL where it is title with & < > escaped.';

COMMENT ON COLUMN paper_text.has_markup IS 'Whether the abstract in a digest file has links, paragraphs or escaped characters.';

COMMENT ON COLUMN paper_text.abstract_html IS 'As in a digest file. NULL where it is abstract itself, or made from it by syncd''s rules.';

CREATE TABLE syncd_accepted (
    fingerprint VARCHAR(64) NOT NULL,
    day DATE NOT NULL,
    code TEXT NOT NULL,
    paper_id VARCHAR(32) COLLATE "C",
    field TEXT,
    ours TEXT,
    theirs TEXT,
    note TEXT NOT NULL,
    recorded TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_syncd_accepted PRIMARY KEY (fingerprint),
    CONSTRAINT ck_syncd_accepted_fingerprint_length CHECK (length(fingerprint) = 64)
);

COMMENT ON TABLE syncd_accepted IS 'A difference that a person has accepted.';

COMMENT ON COLUMN syncd_accepted.fingerprint IS 'SHA-256 of the difference itself.';

COMMENT ON COLUMN syncd_accepted.day IS 'Listing date.';

COMMENT ON COLUMN syncd_accepted.code IS 'Code of the difference.';

COMMENT ON COLUMN syncd_accepted.paper_id IS 'The paper, NULL where it concerns the whole mailing.';

COMMENT ON COLUMN syncd_accepted.field IS 'title, abstract or section.';

COMMENT ON COLUMN syncd_accepted.ours IS 'The value in this archive.';

COMMENT ON COLUMN syncd_accepted.theirs IS 'The value upstream.';

COMMENT ON COLUMN syncd_accepted.note IS 'Why a person accepted it.';

COMMENT ON COLUMN syncd_accepted.recorded IS 'UTC.';

CREATE INDEX ix_syncd_accepted_day ON syncd_accepted (day);

CREATE TABLE syncd_acknowledged (
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    replica VARCHAR(36) NOT NULL,
    message TEXT NOT NULL,
    number INTEGER NOT NULL,
    person TEXT NOT NULL,
    note TEXT NOT NULL,
    recorded TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_syncd_acknowledged PRIMARY KEY (code, subject, replica),
    CONSTRAINT ck_syncd_acknowledged_number CHECK (number >= 1)
);

COMMENT ON TABLE syncd_acknowledged IS 'A problem that a person has seen. Its row goes when the problem ends or changes.';

COMMENT ON COLUMN syncd_acknowledged.replica IS 'The folder that has the problem. Empty where it is one of the archive.';

COMMENT ON COLUMN syncd_acknowledged.message IS 'What was known of it then.';

COMMENT ON COLUMN syncd_acknowledged.number IS 'Number of dates that it concerned then.';

COMMENT ON COLUMN syncd_acknowledged.person IS 'Who has seen it: user@host.';

COMMENT ON COLUMN syncd_acknowledged.note IS 'What the person said.';

COMMENT ON COLUMN syncd_acknowledged.recorded IS 'UTC.';

CREATE TABLE syncd_archive (
    id INTEGER NOT NULL,
    uuid VARCHAR(36) NOT NULL,
    category TEXT NOT NULL,
    created TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_syncd_archive PRIMARY KEY (id),
    CONSTRAINT ck_syncd_archive_single CHECK (id = 1)
);

COMMENT ON TABLE syncd_archive IS 'The identity of the archive: one row.';

COMMENT ON COLUMN syncd_archive.uuid IS 'The same as in the marker of the folder.';

COMMENT ON COLUMN syncd_archive.category IS 'The category of arXiv.';

COMMENT ON COLUMN syncd_archive.created IS 'UTC.';

CREATE TABLE syncd_event (
    id BIGSERIAL NOT NULL,
    event VARCHAR(16) NOT NULL,
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    message TEXT NOT NULL,
    help TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_syncd_event PRIMARY KEY (id),
    CONSTRAINT ck_syncd_event_event CHECK (event IN ('new', 'match', 'problem', 'recovered'))
);

COMMENT ON TABLE syncd_event IS 'An event that was not reported to the hooks yet. Its row goes with the report.';

COMMENT ON COLUMN syncd_event.event IS 'new, match, problem or recovered.';

COMMENT ON COLUMN syncd_event.code IS 'Of a match the saved search. Of a new mailing ''matched'' once the saved searches were asked.';

COMMENT ON COLUMN syncd_event.subject IS 'Listing date of the events new and match.';

COMMENT ON COLUMN syncd_event.message IS 'Of a match the query.';

COMMENT ON COLUMN syncd_event.since IS 'When the problem was found (UTC).';

CREATE TABLE syncd_finding (
    day DATE NOT NULL,
    state VARCHAR(16) NOT NULL,
    source TEXT NOT NULL,
    evidence TEXT NOT NULL,
    response VARCHAR(64),
    error TEXT,
    recorded TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_syncd_finding PRIMARY KEY (day),
    CONSTRAINT ck_syncd_finding_state CHECK (state IN ('no-mailing', 'pending', 'partial', 'failed', 'conflict'))
);

COMMENT ON TABLE syncd_finding IS 'What was found out about a date besides a mailing. A date may have both.';

COMMENT ON COLUMN syncd_finding.day IS 'Listing date.';

COMMENT ON COLUMN syncd_finding.state IS 'no-mailing, pending, partial, failed or conflict.';

COMMENT ON COLUMN syncd_finding.source IS 'Where the finding came from.';

COMMENT ON COLUMN syncd_finding.evidence IS 'How it is known, in words.';

COMMENT ON COLUMN syncd_finding.response IS 'SHA-256 of the response in the vault behind it.';

COMMENT ON COLUMN syncd_finding.error IS 'Code of the error or guard behind it.';

COMMENT ON COLUMN syncd_finding.recorded IS 'UTC.';

CREATE TABLE syncd_harvest (
    key VARCHAR(255) NOT NULL,
    first_from DATE NOT NULL,
    until DATE,
    token TEXT,
    reached DATE,
    pages INTEGER NOT NULL,
    records INTEGER NOT NULL,
    updated TIMESTAMP WITH TIME ZONE NOT NULL,
    done BOOLEAN NOT NULL,
    CONSTRAINT pk_syncd_harvest PRIMARY KEY (key)
);

COMMENT ON TABLE syncd_harvest IS 'The progress of a harvest of bulk metadata.';

COMMENT ON COLUMN syncd_harvest.token IS 'Asks for the next page.';

COMMENT ON COLUMN syncd_harvest.reached IS 'Newest datestamp of the last page.';

COMMENT ON COLUMN syncd_harvest.updated IS 'UTC.';

CREATE TABLE syncd_harvested_page (
    replica VARCHAR(36) NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    received TIMESTAMP WITH TIME ZONE NOT NULL,
    modified_from DATE NOT NULL,
    modified_until DATE NOT NULL,
    CONSTRAINT pk_syncd_harvested_page PRIMARY KEY (replica, sha256),
    CONSTRAINT ck_syncd_harvested_page_sha256_length CHECK (length(sha256) = 64)
);

COMMENT ON TABLE syncd_harvested_page IS 'A response of bulk metadata whose records are not in the tables yet. Its row goes when they are.';

COMMENT ON COLUMN syncd_harvested_page.replica IS 'The folder whose vault keeps the response.';

COMMENT ON COLUMN syncd_harvested_page.sha256 IS 'SHA-256 of the response.';

COMMENT ON COLUMN syncd_harvested_page.received IS 'UTC.';

COMMENT ON COLUMN syncd_harvested_page.modified_from IS 'No record in it was modified before this day (UTC).';

COMMENT ON COLUMN syncd_harvested_page.modified_until IS 'No record in it was modified after this day (UTC).';

CREATE TABLE syncd_history (
    id BIGSERIAL NOT NULL,
    day DATE NOT NULL,
    recorded TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR(16) NOT NULL,
    source TEXT NOT NULL,
    evidence TEXT NOT NULL,
    response VARCHAR(64),
    error TEXT,
    sha256 VARCHAR(64),
    papers INTEGER,
    replica VARCHAR(36),
    CONSTRAINT pk_syncd_history PRIMARY KEY (id),
    CONSTRAINT ck_syncd_history_state CHECK (state IN ('conflict', 'failed', 'partial', 'complete', 'adopted', 'reconstructed', 'no-mailing', 'pending', 'future')),
    CONSTRAINT uq_syncd_history_day_recorded_state UNIQUE (day, recorded, state)
);

COMMENT ON TABLE syncd_history IS 'Every record ever made of a date, mailings and findings. Rows are only added.';

COMMENT ON COLUMN syncd_history.day IS 'Listing date.';

COMMENT ON COLUMN syncd_history.recorded IS 'UTC.';

COMMENT ON COLUMN syncd_history.state IS 'State of the date.';

COMMENT ON COLUMN syncd_history.source IS 'As in mailing and syncd_finding.';

COMMENT ON COLUMN syncd_history.evidence IS 'How it was known, in words.';

COMMENT ON COLUMN syncd_history.response IS 'SHA-256 of the response in the vault.';

COMMENT ON COLUMN syncd_history.error IS 'Code of the error or guard behind a finding.';

COMMENT ON COLUMN syncd_history.sha256 IS 'SHA-256 of the digest file, of a mailing.';

COMMENT ON COLUMN syncd_history.papers IS 'Number of entries of a mailing.';

COMMENT ON COLUMN syncd_history.replica IS 'The folder for which it was recorded, whose vault keeps the response. NULL where not known.';

CREATE TABLE syncd_memory (
    id INTEGER NOT NULL,
    content TEXT NOT NULL,
    CONSTRAINT pk_syncd_memory PRIMARY KEY (id),
    CONSTRAINT ck_syncd_memory_single CHECK (id = 1)
);

COMMENT ON TABLE syncd_memory IS 'What the daemons of all hosts did last: one row.';

COMMENT ON COLUMN syncd_memory.content IS 'JSON.';

CREATE TABLE syncd_pool (
    name VARCHAR(32) NOT NULL,
    next_allowed TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_syncd_pool PRIMARY KEY (name)
);

COMMENT ON TABLE syncd_pool IS 'Politeness ledger: when a pool may send next.';

COMMENT ON COLUMN syncd_pool.next_allowed IS 'UTC.';

CREATE TABLE syncd_published (
    ordinal INTEGER NOT NULL,
    day DATE NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    CONSTRAINT pk_syncd_published PRIMARY KEY (ordinal),
    CONSTRAINT ck_syncd_published_ordinal CHECK (ordinal >= 1),
    CONSTRAINT ck_syncd_published_sha256_length CHECK (length(sha256) = 64)
);

COMMENT ON TABLE syncd_published IS 'The order in which mailings are published. Rows are only added at the end.';

COMMENT ON COLUMN syncd_published.ordinal IS 'Position in the order of commits.';

COMMENT ON COLUMN syncd_published.day IS 'Listing date.';

COMMENT ON COLUMN syncd_published.sha256 IS 'SHA-256 of the digest file then.';

CREATE TABLE syncd_replica (
    id VARCHAR(36) NOT NULL,
    host TEXT NOT NULL,
    root TEXT NOT NULL,
    created TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_syncd_replica PRIMARY KEY (id)
);

COMMENT ON TABLE syncd_replica IS 'A folder of digest files. Several hosts may share a database.';

COMMENT ON COLUMN syncd_replica.host IS 'Name of its machine.';

COMMENT ON COLUMN syncd_replica.root IS 'Path of the folder there.';

COMMENT ON COLUMN syncd_replica.created IS 'UTC.';

CREATE TABLE syncd_reported_problem (
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    message TEXT NOT NULL,
    help TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE,
    number INTEGER,
    CONSTRAINT pk_syncd_reported_problem PRIMARY KEY (code, subject)
);

COMMENT ON TABLE syncd_reported_problem IS 'A problem that was reported to the hooks, and whose end was not.';

COMMENT ON COLUMN syncd_reported_problem.since IS 'When it was found (UTC).';

COMMENT ON COLUMN syncd_reported_problem.number IS 'Number of dates that it concerns.';

CREATE TABLE syncd_request (
    id BIGSERIAL NOT NULL,
    started TIMESTAMP WITH TIME ZONE NOT NULL,
    ended TIMESTAMP WITH TIME ZONE,
    host VARCHAR(255) NOT NULL,
    pool TEXT NOT NULL,
    url TEXT NOT NULL,
    status INTEGER,
    bytes BIGINT,
    pid INTEGER NOT NULL,
    outcome TEXT,
    machine TEXT,
    received TIMESTAMP WITH TIME ZONE,
    dated TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_syncd_request PRIMARY KEY (id)
);

COMMENT ON TABLE syncd_request IS 'Politeness ledger: a request that was sent.';

COMMENT ON COLUMN syncd_request.started IS 'UTC.';

COMMENT ON COLUMN syncd_request.ended IS 'UTC. NULL during the request, or if it was cut off.';

COMMENT ON COLUMN syncd_request.status IS 'HTTP status. NULL without an answer.';

COMMENT ON COLUMN syncd_request.bytes IS 'Size of the body as it came.';

COMMENT ON COLUMN syncd_request.pid IS 'Process that sent it.';

COMMENT ON COLUMN syncd_request.machine IS 'Name of the machine of that process. NULL where not recorded.';

COMMENT ON COLUMN syncd_request.received IS 'When the answer began, by the clock of that machine (UTC). NULL where it had no date.';

COMMENT ON COLUMN syncd_request.dated IS 'When it began by the clock of the server: its date and its age in a cache (UTC). NULL without a date.';

CREATE INDEX ix_syncd_request_host_started ON syncd_request (host, started);

CREATE INDEX ix_syncd_request_started ON syncd_request (started);

CREATE TABLE syncd_rest (
    host VARCHAR(255) NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    status INTEGER,
    strikes INTEGER NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_syncd_rest PRIMARY KEY (host),
    CONSTRAINT ck_syncd_rest_strikes CHECK (strikes >= 0)
);

COMMENT ON TABLE syncd_rest IS 'Politeness ledger: a paused host.';

COMMENT ON COLUMN syncd_rest.until IS 'End of the cooldown (UTC). NULL where only a person ends it: after a 403, or a wish for more than 7 days.';

COMMENT ON COLUMN syncd_rest.status IS 'HTTP status behind it.';

COMMENT ON COLUMN syncd_rest.strikes IS 'Cooldowns since the last success.';

COMMENT ON COLUMN syncd_rest.since IS 'UTC.';

CREATE TABLE paper (
    id VARCHAR(32) COLLATE "C" NOT NULL,
    text_number INTEGER,
    categories TEXT,
    latest_version INTEGER,
    last_modified DATE,
    author_count INTEGER,
    submitter TEXT,
    comments TEXT,
    journal_reference TEXT,
    doi TEXT,
    report_number TEXT,
    msc_class TEXT,
    acm_class TEXT,
    licence TEXT,
    source TEXT,
    seen TIMESTAMP WITH TIME ZONE,
    deleted_source TEXT,
    deleted_seen TIMESTAMP WITH TIME ZONE,
    rows_hash INTEGER,
    CONSTRAINT pk_paper PRIMARY KEY (id),
    CONSTRAINT ck_paper_latest_version CHECK (latest_version >= 1),
    CONSTRAINT ck_paper_author_count CHECK (author_count >= 0),
    CONSTRAINT ck_paper_seen CHECK ((source IS NULL) = (seen IS NULL)),
    CONSTRAINT ck_paper_deleted CHECK ((deleted_source IS NULL) = (deleted_seen IS NULL)),
    CONSTRAINT fk_paper_id_text_number FOREIGN KEY(id, text_number) REFERENCES paper_text (paper_id, number)
);

COMMENT ON TABLE paper IS 'A paper as it is now, as far as a source was asked. What a mailing announced is with its entries.';

COMMENT ON COLUMN paper.id IS 'arXiv id without version.';

COMMENT ON COLUMN paper.text_number IS 'Its current text in paper_text. NULL where no source was asked for it.';

COMMENT ON COLUMN paper.categories IS 'Current categories as the source writes them, the primary first. NULL where never asked.';

COMMENT ON COLUMN paper.latest_version IS 'Number of the newest version known. NULL where no source stated it.';

COMMENT ON COLUMN paper.last_modified IS 'Day (UTC) on which arXiv last changed the record (OAI datestamp). NULL where not stated.';

COMMENT ON COLUMN paper.author_count IS 'Number of its authors. NULL where never stated, 0 where stated that there is none.';

COMMENT ON COLUMN paper.submitter IS 'As stated. NULL where never stated, empty where stated that there is none.';

COMMENT ON COLUMN paper.comments IS 'Comments of the authors. NULL where never stated, empty where there are none.';

COMMENT ON COLUMN paper.journal_reference IS 'NULL where never stated, empty where there is none.';

COMMENT ON COLUMN paper.doi IS 'Of the publication. NULL where never stated, empty where there is none.';

COMMENT ON COLUMN paper.report_number IS 'NULL where never stated, empty where there is none.';

COMMENT ON COLUMN paper.msc_class IS 'Mathematics Subject Classification. NULL where never stated, empty where there is none.';

COMMENT ON COLUMN paper.acm_class IS 'NULL where never stated, empty where there is none.';

COMMENT ON COLUMN paper.licence IS 'Its address. NULL where never stated, empty where there is none.';

COMMENT ON COLUMN paper.source IS 'The source of the current text. NULL: known from mailings only, no source was asked.';

COMMENT ON COLUMN paper.seen IS 'When that source showed it (UTC). NULL where no source was asked.';

COMMENT ON COLUMN paper.deleted_source IS 'The source that said that arXiv has deleted it. NULL where none did, or where it was seen since.';

COMMENT ON COLUMN paper.deleted_seen IS 'When it last said so (UTC). NULL where none did.';

COMMENT ON COLUMN paper.rows_hash IS 'Hash of all rows about this paper. Rows changed by hand break it.';

CREATE TABLE syncd_replica_file (
    replica VARCHAR(36) NOT NULL,
    day DATE NOT NULL,
    agreed VARCHAR(64),
    size BIGINT,
    mtime_ns BIGINT,
    ctime_ns BIGINT,
    inode BIGINT,
    checked TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_syncd_replica_file PRIMARY KEY (replica, day),
    CONSTRAINT ck_syncd_replica_file_agreed_length CHECK (length(agreed) = 64),
    CONSTRAINT ck_syncd_replica_file_stat CHECK ((size IS NULL) = (checked IS NULL) AND (mtime_ns IS NULL) = (checked IS NULL) AND (ctime_ns IS NULL) = (checked IS NULL) AND (inode IS NULL) = (checked IS NULL)),
    CONSTRAINT fk_syncd_replica_file_replica FOREIGN KEY(replica) REFERENCES syncd_replica (id)
);

COMMENT ON TABLE syncd_replica_file IS 'A digest file of a folder, with its stat when it was last read.';

COMMENT ON COLUMN syncd_replica_file.day IS 'Listing date.';

COMMENT ON COLUMN syncd_replica_file.agreed IS 'SHA-256 on which file and row last agreed.';

COMMENT ON COLUMN syncd_replica_file.size IS 'Bytes.';

COMMENT ON COLUMN syncd_replica_file.checked IS 'When the file was last read (UTC).';

CREATE TABLE entry (
    id BIGINT NOT NULL,
    day DATE NOT NULL,
    number INTEGER NOT NULL,
    paper_id VARCHAR(32) COLLATE "C" NOT NULL,
    section VARCHAR(8),
    version INTEGER,
    certainty VARCHAR(16) NOT NULL,
    reason VARCHAR(24),
    paragraphs VARCHAR(16) NOT NULL,
    text_number INTEGER NOT NULL,
    CONSTRAINT pk_entry PRIMARY KEY (id),
    CONSTRAINT ck_entry_number CHECK (number >= 1),
    CONSTRAINT ck_entry_version CHECK (version >= 1),
    CONSTRAINT ck_entry_section CHECK (section IN ('new', 'cross')),
    CONSTRAINT ck_entry_certainty CHECK (certainty IN ('listed', 'proven', 'bounded', 'assumed', 'adopted')),
    CONSTRAINT ck_entry_reason CHECK (reason IS NULL OR certainty IN ('bounded', 'assumed')),
    CONSTRAINT ck_entry_paragraphs CHECK (paragraphs IN ('kept', 'recovered', 'unknown')),
    CONSTRAINT uq_entry_day_paper_id UNIQUE (day, paper_id),
    CONSTRAINT fk_entry_paper_id_text_number FOREIGN KEY(paper_id, text_number) REFERENCES paper_text (paper_id, number),
    CONSTRAINT fk_entry_day FOREIGN KEY(day) REFERENCES mailing (day),
    CONSTRAINT fk_entry_paper_id FOREIGN KEY(paper_id) REFERENCES paper (id)
);

COMMENT ON TABLE entry IS 'A paper in a mailing, with the text with which it was announced.';

COMMENT ON COLUMN entry.id IS 'Date and number as one number: YYYYMMDD × 10000 + number.';

COMMENT ON COLUMN entry.day IS 'The mailing.';

COMMENT ON COLUMN entry.number IS 'Position in the digest file, from 1.';

COMMENT ON COLUMN entry.paper_id IS 'The paper.';

COMMENT ON COLUMN entry.section IS 'new or cross. NULL where it is not certain.';

COMMENT ON COLUMN entry.version IS 'The version whose text this is. NULL where not known.';

COMMENT ON COLUMN entry.certainty IS 'How certain the date is: listed, proven, bounded, assumed or adopted.';

COMMENT ON COLUMN entry.reason IS 'Code of the reason for a date that is not proven (bounded or assumed). NULL elsewhere.';

COMMENT ON COLUMN entry.paragraphs IS 'kept by the source, recovered from another text, or unknown.';

COMMENT ON COLUMN entry.text_number IS 'The text in paper_text with which it was announced.';

CREATE INDEX ix_entry_paper_id ON entry (paper_id);

CREATE TABLE paper_author (
    paper_id VARCHAR(32) COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    author_id INTEGER NOT NULL,
    CONSTRAINT pk_paper_author PRIMARY KEY (paper_id, position),
    CONSTRAINT ck_paper_author_position CHECK (position >= 1),
    CONSTRAINT fk_paper_author_paper_id FOREIGN KEY(paper_id) REFERENCES paper (id),
    CONSTRAINT fk_paper_author_author_id FOREIGN KEY(author_id) REFERENCES author (id)
);

COMMENT ON TABLE paper_author IS 'The authors of a paper in order, as of its newest metadata.';

COMMENT ON COLUMN paper_author.paper_id IS 'The paper.';

COMMENT ON COLUMN paper_author.position IS 'Place among the authors, from 1.';

COMMENT ON COLUMN paper_author.author_id IS 'The name.';

CREATE INDEX ix_paper_author_author_id ON paper_author (author_id);

CREATE TABLE paper_category (
    paper_id VARCHAR(32) COLLATE "C" NOT NULL,
    category VARCHAR(32) NOT NULL,
    is_primary BOOLEAN NOT NULL,
    CONSTRAINT pk_paper_category PRIMARY KEY (paper_id, category),
    CONSTRAINT fk_paper_category_paper_id FOREIGN KEY(paper_id) REFERENCES paper (id),
    CONSTRAINT fk_paper_category_category FOREIGN KEY(category) REFERENCES category (code)
);

COMMENT ON TABLE paper_category IS 'The current categories of a paper, aliases under their canonical name.';

COMMENT ON COLUMN paper_category.paper_id IS 'The paper.';

COMMENT ON COLUMN paper_category.category IS 'The category.';

COMMENT ON COLUMN paper_category.is_primary IS 'Whether it is the primary category.';

CREATE TABLE sighting (
    paper_id VARCHAR(32) COLLATE "C" NOT NULL,
    source VARCHAR(16) NOT NULL,
    seen TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sighting PRIMARY KEY (paper_id, source),
    CONSTRAINT fk_sighting_paper_id FOREIGN KEY(paper_id) REFERENCES paper (id)
);

COMMENT ON TABLE sighting IS 'When a source last showed a paper, other than the source that paper names.';

COMMENT ON COLUMN sighting.paper_id IS 'The paper.';

COMMENT ON COLUMN sighting.source IS 'The source that showed it.';

COMMENT ON COLUMN sighting.seen IS 'When it last did (UTC).';

CREATE TABLE version (
    paper_id VARCHAR(32) COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    created TIMESTAMP WITH TIME ZONE NOT NULL,
    withdrawn BOOLEAN NOT NULL,
    withdrawal_seen TIMESTAMP WITH TIME ZONE,
    size_kb INTEGER,
    source_type VARCHAR(16),
    text_number INTEGER,
    CONSTRAINT pk_version PRIMARY KEY (paper_id, number),
    CONSTRAINT ck_version_number CHECK (number >= 1),
    CONSTRAINT fk_version_paper_id_text_number FOREIGN KEY(paper_id, text_number) REFERENCES paper_text (paper_id, number),
    CONSTRAINT fk_version_paper_id FOREIGN KEY(paper_id) REFERENCES paper (id)
);

COMMENT ON TABLE version IS 'A version of a paper.';

COMMENT ON COLUMN version.paper_id IS 'The paper.';

COMMENT ON COLUMN version.number IS 'Number of the version, from 1.';

COMMENT ON COLUMN version.created IS 'When arXiv received it (UTC).';

COMMENT ON COLUMN version.withdrawn IS 'Whether this version is a withdrawal, as far as a source named it.';

COMMENT ON COLUMN version.withdrawal_seen IS 'When a source first named it a withdrawal (UTC). NULL where none did, or where that is not recorded.';

COMMENT ON COLUMN version.size_kb IS 'Size in kilobytes. NULL where not stated.';

COMMENT ON COLUMN version.source_type IS 'Letters of arXiv for its form. NULL where not stated.';

COMMENT ON COLUMN version.text_number IS 'Its text in paper_text. NULL where it was not fetched.';

CREATE TEXT SEARCH DICTIONARY syncd (TEMPLATE = pg_catalog.snowball, Language = english);

CREATE TEXT SEARCH CONFIGURATION syncd (PARSER = pg_catalog."default");

ALTER TEXT SEARCH CONFIGURATION syncd ADD MAPPING FOR asciiword, word, numword WITH syncd;

ALTER TEXT SEARCH CONFIGURATION syncd ADD MAPPING FOR int, uint, float, sfloat, version WITH pg_catalog.simple;

CREATE FUNCTION syncd_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $fold$
SELECT regexp_replace(
    CASE WHEN octet_length($1) = char_length($1) THEN $1
    ELSE translate(regexp_replace(normalize(regexp_replace(normalize($1, NFD), '[\u0300-\u036f]', '', 'g'), NFC),
      '[\u0080-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u2000-\u206f\u207a-\u207e\u208a-\u208e\u20a0-\u20cf\u2190-\u245f\u249c-\u24e9\u2500-\u2775\u2794-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\ufe30-\ufe6f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufffd]', ' ', 'g'),
      'ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯÆÐØÞĐĦŁŊŒŦ',
      'αβγδεζηθικλμνξοπρστυφχψωабвгдежзийклмнопрстуфхцчшщъыьэюяæðøþđħłŋœŧ') END,
    '[!-/:-@\[-`{-~]', ' ', 'g')
$fold$;

COMMENT ON FUNCTION syncd_fold(text) IS 'Text without accents, with blanks for all that is no letter and no digit, as the search of SQLite reads it.';

CREATE FUNCTION syncd_in_title(tsquery) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $title$
SELECT regexp_replace(replace($1::text, '<->', '&'), '''([^'']+)''', '''=\1''', 'g')::tsquery
$title$;

COMMENT ON FUNCTION syncd_in_title(tsquery) IS 'The same words, without their order, as syncd_entry_text marks those of a title.';

CREATE VIEW syncd_entry_text (id, words) AS
SELECT
    entry.id,
    title.words
    || setweight(to_tsvector('syncd', syncd_fold(paper_text.abstract)), 'B')
    || array_to_tsvector(
        ARRAY(SELECT '=' || lexeme FROM unnest(title.words))
        || ARRAY(SELECT '@' || category FROM paper_category WHERE paper_category.paper_id = entry.paper_id)
        || ARRAY['#' || entry.id / 1000000]
    )
FROM entry
JOIN paper_text ON paper_text.paper_id = entry.paper_id AND paper_text.number = entry.text_number
CROSS JOIN LATERAL (
    -- With OFFSET, it is made once, and not for each place that uses it.
    SELECT setweight(to_tsvector('syncd', syncd_fold(paper_text.title)), 'A') AS words OFFSET 0
) AS title;

COMMENT ON VIEW syncd_entry_text IS 'The words of each entry for the full-text search: of title (A) and abstract (B), those of the title once more after =, the categories after @, and the month after #.';

CREATE TABLE syncd_search (
    id BIGINT NOT NULL,
    words tsvector NOT NULL,
    CONSTRAINT pk_syncd_search PRIMARY KEY (id)
) WITH (toast_tuple_target = 128);

COMMENT ON TABLE syncd_search IS 'The words of each entry as in syncd_entry_text, with the index of the full-text search.';

COMMENT ON COLUMN syncd_search.id IS 'The entry.';

ALTER TABLE syncd_search ALTER COLUMN words SET STORAGE EXTERNAL;

CREATE INDEX ix_syncd_search_words ON syncd_search USING gin (words);

CREATE INDEX ix_author_words ON author USING gin (to_tsvector('pg_catalog.simple', syncd_fold(name)));
