CREATE TABLE author ( -- A name of authors. Two people of one name are one row, and one person with two spellings two.
    id INTEGER NOT NULL, -- Number in this database.
    name TEXT NOT NULL, -- The name as given with a paper.
    forenames TEXT, -- NULL where no source stated them apart.
    key_name TEXT, -- The name to sort by. NULL where no source stated it apart.
    rows_hash INTEGER, -- Hash of this row. A row changed by hand breaks it.
    CONSTRAINT pk_author PRIMARY KEY (id),
    CONSTRAINT uq_author_name UNIQUE (name)
);

CREATE TABLE category ( -- A category of arXiv that a paper here has.
    code VARCHAR(32) NOT NULL, -- Code of arXiv, such as cs.CV. An alias has the code of its canonical name.
    archive VARCHAR(32) NOT NULL, -- The part before the full stop, such as cs.
    CONSTRAINT pk_category PRIMARY KEY (code)
);

CREATE TABLE mailing ( -- One announcement of the category: one digest file.
    day DATE NOT NULL, -- Date in the heading of arXiv's listing, which is the day after the announcement evening.
    state VARCHAR(16) NOT NULL, -- complete: from a listing of that date. adopted: from a file that existed. reconstructed: from bulk metadata.
    source TEXT NOT NULL, -- Where it came from: new, catchup, page, adopted, oai or snapshot.
    evidence TEXT NOT NULL, -- How its date is known, in words.
    response VARCHAR(64), -- SHA-256 of the response in the vault behind it. NULL without one.
    sha256 VARCHAR(64) NOT NULL, -- SHA-256 of the digest file.
    tail INTEGER NOT NULL, -- Number of blanks that end each abstract line of the file.
    papers INTEGER NOT NULL, -- Number of entries.
    new_submissions INTEGER, -- Entries of the section of new submissions. NULL where the sections are not certain.
    cross_lists INTEGER, -- Entries of the section of cross-lists. NULL where the sections are not certain.
    recorded TEXT NOT NULL, -- When this was recorded (UTC).
    rows_sha256 VARCHAR(64) NOT NULL, -- SHA-256 of this row and of its entries, all columns. Rows that were changed by hand break it.
    CONSTRAINT pk_mailing PRIMARY KEY (day),
    CONSTRAINT ck_mailing_state CHECK (state IN ('complete', 'adopted', 'reconstructed')),
    CONSTRAINT ck_mailing_sha256_length CHECK (length(sha256) = 64),
    CONSTRAINT ck_mailing_rows_sha256_length CHECK (length(rows_sha256) = 64),
    CONSTRAINT ck_mailing_tail CHECK (tail >= 0),
    CONSTRAINT ck_mailing_papers CHECK (papers >= 0),
    CONSTRAINT ck_mailing_sections CHECK (new_submissions + cross_lists = papers)
);

CREATE TABLE paper_text ( -- A title with its abstract, stored once for each paper. Rows never change.
    paper_id VARCHAR(32) NOT NULL, -- The paper.
    number INTEGER NOT NULL, -- 1, 2, … in the order in which syncd saw the texts. It is not the version.
    title TEXT NOT NULL, -- Plain text. TeX is as the author wrote it.
    abstract TEXT NOT NULL, -- Plain text. Two blanks begin a paragraph. TeX is as the author wrote it.
    title_html TEXT, -- As in a digest file. NULL where it is title with & < > escaped.
    has_markup BOOLEAN NOT NULL, -- Whether the abstract in a digest file has links, paragraphs or escaped characters.
    abstract_html TEXT, -- As in a digest file. NULL where it is abstract itself, or made from it by syncd's rules.
    CONSTRAINT pk_paper_text PRIMARY KEY (paper_id, number),
    CONSTRAINT ck_paper_text_number CHECK (number >= 1)
);

CREATE TABLE syncd_accepted ( -- A difference that a person has accepted.
    fingerprint VARCHAR(64) NOT NULL, -- SHA-256 of the difference itself.
    day DATE NOT NULL, -- Listing date.
    code TEXT NOT NULL, -- Code of the difference.
    paper_id VARCHAR(32), -- The paper, NULL where it concerns the whole mailing.
    field TEXT, -- title, abstract or section.
    ours TEXT, -- The value in this archive.
    theirs TEXT, -- The value upstream.
    note TEXT NOT NULL, -- Why a person accepted it.
    recorded TEXT NOT NULL, -- UTC.
    CONSTRAINT pk_syncd_accepted PRIMARY KEY (fingerprint),
    CONSTRAINT ck_syncd_accepted_fingerprint_length CHECK (length(fingerprint) = 64)
);

CREATE INDEX ix_syncd_accepted_day ON syncd_accepted (day);

CREATE TABLE syncd_acknowledged ( -- A problem that a person has seen. Its row goes when the problem ends or changes.
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    replica VARCHAR(36) NOT NULL, -- The folder that has the problem. Empty where it is one of the archive.
    message TEXT NOT NULL, -- What was known of it then.
    number INTEGER NOT NULL, -- Number of dates that it concerned then.
    person TEXT NOT NULL, -- Who has seen it: user@host.
    note TEXT NOT NULL, -- What the person said.
    recorded TEXT NOT NULL, -- UTC.
    CONSTRAINT pk_syncd_acknowledged PRIMARY KEY (code, subject, replica),
    CONSTRAINT ck_syncd_acknowledged_number CHECK (number >= 1)
);

CREATE TABLE syncd_archive ( -- The identity of the archive: one row.
    id INTEGER NOT NULL,
    uuid VARCHAR(36) NOT NULL, -- The same as in the marker of the folder.
    category TEXT NOT NULL, -- The category of arXiv.
    created TEXT NOT NULL, -- UTC.
    CONSTRAINT pk_syncd_archive PRIMARY KEY (id),
    CONSTRAINT ck_syncd_archive_single CHECK (id = 1)
);

CREATE TABLE syncd_event ( -- An event that was not reported to the hooks yet. Its row goes with the report.
    id INTEGER NOT NULL,
    event VARCHAR(16) NOT NULL, -- new, match, problem or recovered.
    code TEXT NOT NULL, -- Of a match the saved search. Of a new mailing 'matched' once the saved searches were asked.
    subject TEXT NOT NULL, -- Listing date of the events new and match.
    message TEXT NOT NULL, -- Of a match the query.
    help TEXT NOT NULL,
    since TEXT, -- When the problem was found (UTC).
    CONSTRAINT pk_syncd_event PRIMARY KEY (id),
    CONSTRAINT ck_syncd_event_event CHECK (event IN ('new', 'match', 'problem', 'recovered'))
);

CREATE TABLE syncd_finding ( -- What was found out about a date besides a mailing. A date may have both.
    day DATE NOT NULL, -- Listing date.
    state VARCHAR(16) NOT NULL, -- no-mailing, pending, partial, failed or conflict.
    source TEXT NOT NULL, -- Where the finding came from.
    evidence TEXT NOT NULL, -- How it is known, in words.
    response VARCHAR(64), -- SHA-256 of the response in the vault behind it.
    error TEXT, -- Code of the error or guard behind it.
    recorded TEXT, -- UTC.
    CONSTRAINT pk_syncd_finding PRIMARY KEY (day),
    CONSTRAINT ck_syncd_finding_state CHECK (state IN ('no-mailing', 'pending', 'partial', 'failed', 'conflict'))
);

CREATE TABLE syncd_harvest ( -- The progress of a harvest of bulk metadata.
    "key" VARCHAR(255) NOT NULL,
    first_from DATE NOT NULL,
    until DATE,
    token TEXT, -- Asks for the next page.
    reached DATE, -- Newest datestamp of the last page.
    pages INTEGER NOT NULL,
    records INTEGER NOT NULL,
    updated TEXT NOT NULL, -- UTC.
    done BOOLEAN NOT NULL,
    CONSTRAINT pk_syncd_harvest PRIMARY KEY ("key")
);

CREATE TABLE syncd_harvested_page ( -- A response of bulk metadata whose records are not in the tables yet. Its row goes when they are.
    replica VARCHAR(36) NOT NULL, -- The folder whose vault keeps the response.
    sha256 VARCHAR(64) NOT NULL, -- SHA-256 of the response.
    received TEXT NOT NULL, -- UTC.
    modified_from DATE NOT NULL, -- No record in it was modified before this day (UTC).
    modified_until DATE NOT NULL, -- No record in it was modified after this day (UTC).
    CONSTRAINT pk_syncd_harvested_page PRIMARY KEY (replica, sha256),
    CONSTRAINT ck_syncd_harvested_page_sha256_length CHECK (length(sha256) = 64)
);

CREATE TABLE syncd_history ( -- Every record ever made of a date, mailings and findings. Rows are only added.
    id INTEGER NOT NULL,
    day DATE NOT NULL, -- Listing date.
    recorded TEXT NOT NULL, -- UTC.
    state VARCHAR(16) NOT NULL, -- State of the date.
    source TEXT NOT NULL, -- As in mailing and syncd_finding.
    evidence TEXT NOT NULL, -- How it was known, in words.
    response VARCHAR(64), -- SHA-256 of the response in the vault.
    error TEXT, -- Code of the error or guard behind a finding.
    sha256 VARCHAR(64), -- SHA-256 of the digest file, of a mailing.
    papers INTEGER, -- Number of entries of a mailing.
    replica VARCHAR(36), -- The folder for which it was recorded, whose vault keeps the response. NULL where not known.
    CONSTRAINT pk_syncd_history PRIMARY KEY (id),
    CONSTRAINT ck_syncd_history_state CHECK (state IN ('conflict', 'failed', 'partial', 'complete', 'adopted', 'reconstructed', 'no-mailing', 'pending', 'future')),
    CONSTRAINT uq_syncd_history_day_recorded_state UNIQUE (day, recorded, state)
);

CREATE TABLE syncd_memory ( -- What the daemons of all hosts did last: one row.
    id INTEGER NOT NULL,
    content TEXT NOT NULL, -- JSON.
    CONSTRAINT pk_syncd_memory PRIMARY KEY (id),
    CONSTRAINT ck_syncd_memory_single CHECK (id = 1)
);

CREATE TABLE syncd_pool ( -- Politeness ledger: when a pool may send next.
    name VARCHAR(32) NOT NULL,
    next_allowed TEXT NOT NULL, -- UTC.
    CONSTRAINT pk_syncd_pool PRIMARY KEY (name)
);

CREATE TABLE syncd_published ( -- The order in which mailings are published. Rows are only added at the end.
    ordinal INTEGER NOT NULL, -- Position in the order of commits.
    day DATE NOT NULL, -- Listing date.
    sha256 VARCHAR(64) NOT NULL, -- SHA-256 of the digest file then.
    CONSTRAINT pk_syncd_published PRIMARY KEY (ordinal),
    CONSTRAINT ck_syncd_published_ordinal CHECK (ordinal >= 1),
    CONSTRAINT ck_syncd_published_sha256_length CHECK (length(sha256) = 64)
);

CREATE TABLE syncd_replica ( -- A folder of digest files. Several hosts may share a database.
    id VARCHAR(36) NOT NULL,
    host TEXT NOT NULL, -- Name of its machine.
    root TEXT NOT NULL, -- Path of the folder there.
    created TEXT NOT NULL, -- UTC.
    CONSTRAINT pk_syncd_replica PRIMARY KEY (id)
);

CREATE TABLE syncd_reported_problem ( -- A problem that was reported to the hooks, and whose end was not.
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    message TEXT NOT NULL,
    help TEXT NOT NULL,
    since TEXT, -- When it was found (UTC).
    number INTEGER, -- Number of dates that it concerns.
    CONSTRAINT pk_syncd_reported_problem PRIMARY KEY (code, subject)
);

CREATE TABLE syncd_request ( -- Politeness ledger: a request that was sent.
    id INTEGER NOT NULL,
    started TEXT NOT NULL, -- UTC.
    ended TEXT, -- UTC. NULL during the request, or if it was cut off.
    host VARCHAR(255) NOT NULL,
    pool TEXT NOT NULL,
    url TEXT NOT NULL,
    status INTEGER, -- HTTP status. NULL without an answer.
    bytes BIGINT, -- Size of the body as it came.
    pid INTEGER NOT NULL, -- Process that sent it.
    outcome TEXT,
    machine TEXT, -- Name of the machine of that process. NULL where not recorded.
    received TEXT, -- When the answer began, by the clock of that machine (UTC). NULL where it had no date.
    dated TEXT, -- When it began by the clock of the server: its date and its age in a cache (UTC). NULL without a date.
    CONSTRAINT pk_syncd_request PRIMARY KEY (id)
);

CREATE INDEX ix_syncd_request_host_started ON syncd_request (host, started);

CREATE INDEX ix_syncd_request_started ON syncd_request (started);

CREATE TABLE syncd_rest ( -- Politeness ledger: a paused host.
    host VARCHAR(255) NOT NULL,
    until TEXT, -- End of the cooldown (UTC). NULL where only a person ends it: after a 403, or a wish for more than 7 days.
    status INTEGER, -- HTTP status behind it.
    strikes INTEGER NOT NULL, -- Cooldowns since the last success.
    since TEXT NOT NULL, -- UTC.
    reason TEXT NOT NULL,
    CONSTRAINT pk_syncd_rest PRIMARY KEY (host),
    CONSTRAINT ck_syncd_rest_strikes CHECK (strikes >= 0)
);

CREATE TABLE paper ( -- A paper as it is now, as far as a source was asked. What a mailing announced is with its entries.
    id VARCHAR(32) NOT NULL, -- arXiv id without version.
    text_number INTEGER, -- Its current text in paper_text. NULL where no source was asked for it.
    categories TEXT, -- Current categories as the source writes them, the primary first. NULL where never asked.
    latest_version INTEGER, -- Number of the newest version known. NULL where no source stated it.
    last_modified DATE, -- Day (UTC) on which arXiv last changed the record (OAI datestamp). NULL where not stated.
    author_count INTEGER, -- Number of its authors. NULL where never stated, 0 where stated that there is none.
    submitter TEXT, -- As stated. NULL where never stated, empty where stated that there is none.
    comments TEXT, -- Comments of the authors. NULL where never stated, empty where there are none.
    journal_reference TEXT, -- NULL where never stated, empty where there is none.
    doi TEXT, -- Of the publication. NULL where never stated, empty where there is none.
    report_number TEXT, -- NULL where never stated, empty where there is none.
    msc_class TEXT, -- Mathematics Subject Classification. NULL where never stated, empty where there is none.
    acm_class TEXT, -- NULL where never stated, empty where there is none.
    licence TEXT, -- Its address. NULL where never stated, empty where there is none.
    source TEXT, -- The source of the current text. NULL: known from mailings only, no source was asked.
    seen TEXT, -- When that source showed it (UTC). NULL where no source was asked.
    deleted_source TEXT, -- The source that said that arXiv has deleted it. NULL where none did, or where it was seen since.
    deleted_seen TEXT, -- When it last said so (UTC). NULL where none did.
    rows_hash INTEGER, -- Hash of all rows about this paper. Rows changed by hand break it.
    CONSTRAINT pk_paper PRIMARY KEY (id),
    CONSTRAINT ck_paper_latest_version CHECK (latest_version >= 1),
    CONSTRAINT ck_paper_author_count CHECK (author_count >= 0),
    CONSTRAINT ck_paper_seen CHECK ((source IS NULL) = (seen IS NULL)),
    CONSTRAINT ck_paper_deleted CHECK ((deleted_source IS NULL) = (deleted_seen IS NULL)),
    CONSTRAINT fk_paper_id_text_number FOREIGN KEY(id, text_number) REFERENCES paper_text (paper_id, number)
);

CREATE TABLE syncd_replica_file ( -- A digest file of a folder, with its stat when it was last read.
    replica VARCHAR(36) NOT NULL,
    day DATE NOT NULL, -- Listing date.
    agreed VARCHAR(64), -- SHA-256 on which file and row last agreed.
    size BIGINT, -- Bytes.
    mtime_ns BIGINT,
    ctime_ns BIGINT,
    inode BIGINT,
    checked TEXT, -- When the file was last read (UTC).
    CONSTRAINT pk_syncd_replica_file PRIMARY KEY (replica, day),
    CONSTRAINT ck_syncd_replica_file_agreed_length CHECK (length(agreed) = 64),
    CONSTRAINT ck_syncd_replica_file_stat CHECK ((size IS NULL) = (checked IS NULL) AND (mtime_ns IS NULL) = (checked IS NULL) AND (ctime_ns IS NULL) = (checked IS NULL) AND (inode IS NULL) = (checked IS NULL)),
    CONSTRAINT fk_syncd_replica_file_replica FOREIGN KEY(replica) REFERENCES syncd_replica (id)
);

CREATE TABLE entry ( -- A paper in a mailing, with the text with which it was announced.
    id INTEGER NOT NULL, -- Date and number as one number: YYYYMMDD × 10000 + number.
    day DATE NOT NULL, -- The mailing.
    number INTEGER NOT NULL, -- Position in the digest file, from 1.
    paper_id VARCHAR(32) NOT NULL, -- The paper.
    section VARCHAR(8), -- new or cross. NULL where it is not certain.
    version INTEGER, -- The version whose text this is. NULL where not known.
    certainty VARCHAR(16) NOT NULL, -- How certain the date is: listed, proven, bounded, assumed or adopted.
    reason VARCHAR(24), -- Code of the reason for a date that is not proven (bounded or assumed). NULL elsewhere.
    paragraphs VARCHAR(16) NOT NULL, -- kept by the source, recovered from another text, or unknown.
    text_number INTEGER NOT NULL, -- The text in paper_text with which it was announced.
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

CREATE INDEX ix_entry_paper_id ON entry (paper_id);

CREATE TABLE paper_author ( -- The authors of a paper in order, as of its newest metadata.
    paper_id VARCHAR(32) NOT NULL, -- The paper.
    position INTEGER NOT NULL, -- Place among the authors, from 1.
    author_id INTEGER NOT NULL, -- The name.
    CONSTRAINT pk_paper_author PRIMARY KEY (paper_id, position),
    CONSTRAINT ck_paper_author_position CHECK (position >= 1),
    CONSTRAINT fk_paper_author_paper_id FOREIGN KEY(paper_id) REFERENCES paper (id),
    CONSTRAINT fk_paper_author_author_id FOREIGN KEY(author_id) REFERENCES author (id)
) WITHOUT ROWID;

CREATE INDEX ix_paper_author_author_id ON paper_author (author_id);

CREATE TABLE paper_category ( -- The current categories of a paper, aliases under their canonical name.
    paper_id VARCHAR(32) NOT NULL, -- The paper.
    category VARCHAR(32) NOT NULL, -- The category.
    is_primary BOOLEAN NOT NULL, -- Whether it is the primary category.
    CONSTRAINT pk_paper_category PRIMARY KEY (paper_id, category),
    CONSTRAINT fk_paper_category_paper_id FOREIGN KEY(paper_id) REFERENCES paper (id),
    CONSTRAINT fk_paper_category_category FOREIGN KEY(category) REFERENCES category (code)
) WITHOUT ROWID;

CREATE TABLE sighting ( -- When a source last showed a paper, other than the source that paper names.
    paper_id VARCHAR(32) NOT NULL, -- The paper.
    source VARCHAR(16) NOT NULL, -- The source that showed it.
    seen TEXT NOT NULL, -- When it last did (UTC).
    CONSTRAINT pk_sighting PRIMARY KEY (paper_id, source),
    CONSTRAINT fk_sighting_paper_id FOREIGN KEY(paper_id) REFERENCES paper (id)
) WITHOUT ROWID;

CREATE TABLE version ( -- A version of a paper.
    paper_id VARCHAR(32) NOT NULL, -- The paper.
    number INTEGER NOT NULL, -- Number of the version, from 1.
    created TEXT NOT NULL, -- When arXiv received it (UTC).
    withdrawn BOOLEAN NOT NULL, -- Whether this version is a withdrawal, as far as a source named it.
    withdrawal_seen TEXT, -- When a source first named it a withdrawal (UTC). NULL where none did, or where that is not recorded.
    size_kb INTEGER, -- Size in kilobytes. NULL where not stated.
    source_type VARCHAR(16), -- Letters of arXiv for its form. NULL where not stated.
    text_number INTEGER, -- Its text in paper_text. NULL where it was not fetched.
    CONSTRAINT pk_version PRIMARY KEY (paper_id, number),
    CONSTRAINT ck_version_number CHECK (number >= 1),
    CONSTRAINT fk_version_paper_id_text_number FOREIGN KEY(paper_id, text_number) REFERENCES paper_text (paper_id, number),
    CONSTRAINT fk_version_paper_id FOREIGN KEY(paper_id) REFERENCES paper (id)
) WITHOUT ROWID;

CREATE VIEW syncd_entry_text (id, title, abstract, categories) AS -- Each entry as the full-text search reads it. A category is one word: cslg.
SELECT entry.id, paper_text.title, paper_text.abstract, (
    SELECT group_concat(replace(replace(category, '.', ''), '-', ''), ' ') FROM paper_category
    WHERE paper_category.paper_id = entry.paper_id
)
FROM entry
JOIN paper_text ON paper_text.paper_id = entry.paper_id AND paper_text.number = entry.text_number;

CREATE VIRTUAL TABLE syncd_search USING fts5( -- A word outside the first column costs two bytes more.
    abstract, title, categories,
    content = 'syncd_entry_text', content_rowid = 'id',
    tokenize = 'porter unicode61 remove_diacritics 2'
);

INSERT INTO syncd_search (syncd_search, rank) VALUES ('hashsize', 16777216);

INSERT INTO syncd_search (syncd_search, rank) VALUES ('automerge', 8);

INSERT INTO syncd_search (syncd_search, rank) VALUES ('rank', 'bm25(1.0, 8.0, 0.0)');

CREATE VIRTUAL TABLE syncd_author_search USING fts5(
    name,
    content = 'author', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2'
);
