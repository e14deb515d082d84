CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE accepted (
    fingerprint VARCHAR(64) NOT NULL,
    day DATE NOT NULL,
    code TEXT NOT NULL,
    paper_id VARCHAR(32),
    field TEXT,
    ours TEXT,
    theirs TEXT,
    note TEXT NOT NULL,
    recorded DATETIME NOT NULL,
    CONSTRAINT pk_accepted PRIMARY KEY (fingerprint),
    CONSTRAINT ck_accepted_fingerprint_length CHECK (length(fingerprint) = 64)
);

CREATE INDEX ix_accepted_day ON accepted (day);

CREATE TABLE archive (
    id INTEGER NOT NULL,
    uuid VARCHAR(36) NOT NULL,
    category TEXT NOT NULL,
    created DATETIME NOT NULL,
    CONSTRAINT pk_archive PRIMARY KEY (id),
    CONSTRAINT ck_archive_single CHECK (id = 1)
);

CREATE TABLE finding (
    day DATE NOT NULL,
    state VARCHAR(16) NOT NULL,
    source TEXT NOT NULL,
    evidence TEXT NOT NULL,
    response VARCHAR(64),
    error TEXT,
    recorded DATETIME,
    CONSTRAINT pk_finding PRIMARY KEY (day),
    CONSTRAINT ck_finding_state CHECK (state IN ('no-mailing', 'pending', 'partial', 'failed', 'conflict'))
);

CREATE TABLE harvest (
    "key" VARCHAR(255) NOT NULL,
    first_from DATE NOT NULL,
    until DATE,
    token TEXT,
    reached DATE,
    pages INTEGER NOT NULL,
    records INTEGER NOT NULL,
    updated DATETIME NOT NULL,
    done BOOLEAN NOT NULL,
    CONSTRAINT pk_harvest PRIMARY KEY ("key")
);

CREATE TABLE history (
    id INTEGER NOT NULL,
    day DATE NOT NULL,
    recorded DATETIME NOT NULL,
    state VARCHAR(16) NOT NULL,
    source TEXT NOT NULL,
    evidence TEXT NOT NULL,
    response VARCHAR(64),
    error TEXT,
    sha256 VARCHAR(64),
    papers INTEGER,
    replica VARCHAR(36),
    CONSTRAINT pk_history PRIMARY KEY (id),
    CONSTRAINT ck_history_state CHECK (state IN ('conflict', 'failed', 'partial', 'complete', 'adopted', 'reconstructed', 'no-mailing', 'pending', 'future')),
    CONSTRAINT uq_history_day_recorded_state UNIQUE (day, recorded, state)
);

CREATE TABLE mailing (
    day DATE NOT NULL,
    state VARCHAR(16) NOT NULL,
    source TEXT NOT NULL,
    evidence TEXT NOT NULL,
    response VARCHAR(64),
    sha256 VARCHAR(64) NOT NULL,
    tail INTEGER NOT NULL,
    papers INTEGER NOT NULL,
    new INTEGER,
    "cross" INTEGER,
    recorded DATETIME NOT NULL,
    CONSTRAINT pk_mailing PRIMARY KEY (day),
    CONSTRAINT ck_mailing_state CHECK (state IN ('complete', 'adopted', 'reconstructed')),
    CONSTRAINT ck_mailing_sha256_length CHECK (length(sha256) = 64),
    CONSTRAINT ck_mailing_tail CHECK (tail >= 0),
    CONSTRAINT ck_mailing_papers CHECK (papers >= 0),
    CONSTRAINT ck_mailing_sections CHECK ("new" + "cross" = papers)
);

CREATE TABLE memory (
    id INTEGER NOT NULL,
    content TEXT NOT NULL,
    CONSTRAINT pk_memory PRIMARY KEY (id),
    CONSTRAINT ck_memory_single CHECK (id = 1)
);

CREATE TABLE note (
    id INTEGER NOT NULL,
    event VARCHAR(16) NOT NULL,
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    message TEXT NOT NULL,
    help TEXT NOT NULL,
    CONSTRAINT pk_note PRIMARY KEY (id),
    CONSTRAINT ck_note_event CHECK (event IN ('new', 'problem', 'recovered'))
);

CREATE TABLE paper (
    id VARCHAR(32) NOT NULL,
    title TEXT NOT NULL,
    abstract TEXT NOT NULL,
    raw_title TEXT NOT NULL,
    raw_abstract TEXT NOT NULL,
    categories TEXT NOT NULL,
    version INTEGER NOT NULL,
    datestamp DATE,
    source TEXT NOT NULL,
    seen DATETIME NOT NULL,
    CONSTRAINT pk_paper PRIMARY KEY (id),
    CONSTRAINT ck_paper_version CHECK (version >= 1)
);

CREATE INDEX ix_paper_datestamp ON paper (datestamp);

CREATE TABLE pool (
    name VARCHAR(32) NOT NULL,
    next_allowed DATETIME NOT NULL,
    CONSTRAINT pk_pool PRIMARY KEY (name)
);

CREATE TABLE published (
    ordinal INTEGER NOT NULL,
    day DATE NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    CONSTRAINT pk_published PRIMARY KEY (ordinal),
    CONSTRAINT ck_published_ordinal CHECK (ordinal >= 1),
    CONSTRAINT ck_published_sha256_length CHECK (length(sha256) = 64)
);

CREATE TABLE replica (
    id VARCHAR(36) NOT NULL,
    host TEXT NOT NULL,
    root TEXT NOT NULL,
    created DATETIME NOT NULL,
    CONSTRAINT pk_replica PRIMARY KEY (id)
);

CREATE TABLE reported_problem (
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    message TEXT NOT NULL,
    help TEXT NOT NULL,
    CONSTRAINT pk_reported_problem PRIMARY KEY (code, subject)
);

CREATE TABLE request (
    id INTEGER NOT NULL,
    started DATETIME NOT NULL,
    ended DATETIME,
    host VARCHAR(255) NOT NULL,
    pool TEXT NOT NULL,
    url TEXT NOT NULL,
    status INTEGER,
    bytes BIGINT,
    pid INTEGER NOT NULL,
    outcome TEXT,
    CONSTRAINT pk_request PRIMARY KEY (id)
);

CREATE INDEX ix_request_host_started ON request (host, started);

CREATE INDEX ix_request_started ON request (started);

CREATE TABLE rest (
    host VARCHAR(255) NOT NULL,
    until DATETIME,
    status INTEGER,
    strikes INTEGER NOT NULL,
    since DATETIME NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_rest PRIMARY KEY (host),
    CONSTRAINT ck_rest_strikes CHECK (strikes >= 0)
);

CREATE TABLE version (
    paper_id VARCHAR(32) NOT NULL,
    number INTEGER NOT NULL,
    created DATETIME NOT NULL,
    withdrawn BOOLEAN NOT NULL,
    title TEXT,
    abstract TEXT,
    CONSTRAINT pk_version PRIMARY KEY (paper_id, number),
    CONSTRAINT ck_version_number CHECK (number >= 1)
);

CREATE TABLE entry (
    day DATE NOT NULL,
    number INTEGER NOT NULL,
    paper_id VARCHAR(32) NOT NULL,
    section VARCHAR(8),
    title TEXT NOT NULL,
    abstract TEXT NOT NULL,
    version INTEGER,
    placed VARCHAR(16) NOT NULL,
    CONSTRAINT pk_entry PRIMARY KEY (day, number),
    CONSTRAINT ck_entry_number CHECK (number >= 1),
    CONSTRAINT ck_entry_version CHECK (version >= 1),
    CONSTRAINT ck_entry_section CHECK (section IN ('new', 'cross')),
    CONSTRAINT ck_entry_placed CHECK (placed IN ('listed', 'proven', 'bounded', 'assumed', 'adopted')),
    CONSTRAINT uq_entry_day_paper_id UNIQUE (day, paper_id),
    CONSTRAINT fk_entry_day FOREIGN KEY(day) REFERENCES mailing (day)
);

CREATE INDEX ix_entry_paper_id ON entry (paper_id);

CREATE TABLE replica_file (
    replica VARCHAR(36) NOT NULL,
    day DATE NOT NULL,
    agreed VARCHAR(64),
    size BIGINT,
    mtime_ns BIGINT,
    ctime_ns BIGINT,
    inode BIGINT,
    checked DATETIME,
    CONSTRAINT pk_replica_file PRIMARY KEY (replica, day),
    CONSTRAINT ck_replica_file_agreed_length CHECK (length(agreed) = 64),
    CONSTRAINT ck_replica_file_stat CHECK ((size IS NULL) = (checked IS NULL) AND (mtime_ns IS NULL) = (checked IS NULL) AND (ctime_ns IS NULL) = (checked IS NULL) AND (inode IS NULL) = (checked IS NULL)),
    CONSTRAINT fk_replica_file_replica FOREIGN KEY(replica) REFERENCES replica (id)
);

CREATE VIRTUAL TABLE search USING fts5(title, abstract, tokenize = 'unicode61 remove_diacritics 2');
