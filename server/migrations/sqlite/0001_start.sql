CREATE TABLE institution (
    no           INTEGER PRIMARY KEY,
    service_id   TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    name_kana    TEXT    NOT NULL,
    mail_from    TEXT,
    download_url TEXT,
    wrong_limit  INTEGER NOT NULL CHECK (wrong_limit BETWEEN 3 AND 10),
    valid_months INTEGER NOT NULL CHECK (valid_months BETWEEN 1 AND 1200),
    dek_id       INTEGER NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;

-- Data encryption keys, wrapped by the key encryption key. Rotation adds a row; old ones stay until nothing needs them.
CREATE TABLE dek (
    institution_no INTEGER NOT NULL REFERENCES institution (no) DEFERRABLE INITIALLY DEFERRED,
    dek_id         INTEGER NOT NULL,
    wrapped        BLOB    NOT NULL,
    created_at     INTEGER NOT NULL,
    PRIMARY KEY (institution_no, dek_id)
) STRICT, WITHOUT ROWID;

-- SHA-256 of each bearer key: the keys are 32 random bytes, so no stretching is needed.
CREATE TABLE api_key (
    hash           BLOB    NOT NULL PRIMARY KEY,
    institution_no INTEGER NOT NULL REFERENCES institution (no),
    created_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE issue (
    no              INTEGER PRIMARY KEY,
    institution_no  INTEGER NOT NULL REFERENCES institution (no),
    member_id       TEXT    NOT NULL,
    user_id         TEXT    NOT NULL UNIQUE,
    mail            TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('open', 'used', 'exhausted', 'expired', 'cancelled')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    last_attempt_at INTEGER,
    record          BLOB,
    dek_id          INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    state_at        INTEGER NOT NULL,
    -- Only an open issue holds a password record.
    CHECK ((state = 'open') = (record IS NOT NULL))
) STRICT;
CREATE INDEX issue_of_member ON issue (institution_no, member_id, no);
CREATE UNIQUE INDEX one_open_issue ON issue (institution_no, member_id) WHERE state = 'open';
CREATE INDEX issue_to_end ON issue (expires_at) WHERE state = 'open';

-- How often each user ID was tried, whether or not it exists.
CREATE TABLE enrol_rate (
    service_id   TEXT    NOT NULL,
    user_id      TEXT    NOT NULL,
    total        INTEGER NOT NULL,
    first_at     INTEGER NOT NULL,
    window_start INTEGER NOT NULL,
    in_window    INTEGER NOT NULL,
    PRIMARY KEY (service_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX enrol_rate_to_forget ON enrol_rate (first_at);

CREATE TABLE enrolment (
    enrol_id    BLOB    NOT NULL PRIMARY KEY,
    m1_digest   BLOB    NOT NULL UNIQUE,
    issue_no    INTEGER REFERENCES issue (no),
    state       TEXT    NOT NULL CHECK (state IN ('open', 'done')),
    m2          BLOB    NOT NULL,
    -- Sealed with the enrol ID as associated data; erased when done.
    login       BLOB,
    m3_digest   BLOB,
    m4          BLOB,
    platform    TEXT    NOT NULL,
    app_version TEXT    NOT NULL,
    vault       TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    CHECK ((state = 'open') = (login IS NOT NULL)),
    CHECK ((state = 'done') = (m3_digest IS NOT NULL AND m4 IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX enrolment_to_forget ON enrolment (expires_at);

CREATE TABLE token (
    no             INTEGER PRIMARY KEY,
    token_id       BLOB    NOT NULL UNIQUE,
    institution_no INTEGER NOT NULL REFERENCES institution (no),
    member_id      TEXT    NOT NULL,
    issue_no       INTEGER NOT NULL REFERENCES issue (no),
    serial         TEXT    NOT NULL UNIQUE,
    state          TEXT    NOT NULL
        CHECK (state IN ('issued', 'active', 'suspended', 'revoked', 'replaced', 'expired', 'void')),
    sealed         BLOB,
    seal_version   INTEGER NOT NULL,
    dek_id         INTEGER NOT NULL,
    last_step      INTEGER NOT NULL DEFAULT 0,
    wrong          INTEGER NOT NULL DEFAULT 0,
    drift          INTEGER NOT NULL DEFAULT 0,
    lean           INTEGER NOT NULL DEFAULT 0,
    lean_run       INTEGER NOT NULL DEFAULT 0,
    platform       TEXT    NOT NULL,
    app_version    TEXT    NOT NULL,
    vault          TEXT    NOT NULL,
    started_on     INTEGER NOT NULL,
    activate_by    INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    state_at       INTEGER NOT NULL,
    -- Only a living token holds keys.
    CHECK ((state IN ('issued', 'active', 'suspended')) = (sealed IS NOT NULL))
) STRICT;
CREATE INDEX token_of_member ON token (institution_no, member_id, no);
CREATE UNIQUE INDEX one_living_token ON token (institution_no, member_id)
    WHERE state IN ('issued', 'active', 'suspended');
CREATE INDEX token_to_void ON token (activate_by) WHERE state = 'issued';
CREATE INDEX token_to_expire ON token (expires_at) WHERE state IN ('active', 'suspended');

-- What was answered to which question, so that a repeated one gets the same answer.
CREATE TABLE request (
    institution_no INTEGER NOT NULL REFERENCES institution (no),
    request_id     BLOB    NOT NULL,
    digest         BLOB    NOT NULL,
    verdict        TEXT,
    wrong_left     INTEGER,
    issue_no       INTEGER REFERENCES issue (no),
    at             INTEGER NOT NULL,
    PRIMARY KEY (institution_no, request_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_to_forget ON request (at);

CREATE TABLE audit (
    chain          TEXT    NOT NULL,
    seq            INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    actor          TEXT    NOT NULL,
    action         TEXT    NOT NULL,
    object         TEXT    NOT NULL,
    outcome        TEXT    NOT NULL,
    detail         TEXT    NOT NULL,
    prev_hash      BLOB    NOT NULL,
    hash           BLOB    NOT NULL,
    PRIMARY KEY (chain, seq)
) STRICT, WITHOUT ROWID;

-- Where each chain ends: tells a chain whose last rows are gone from one that is whole.
CREATE TABLE audit_head (
    chain TEXT    NOT NULL PRIMARY KEY,
    seq   INTEGER NOT NULL,
    hash  BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    no             INTEGER PRIMARY KEY,
    institution_no INTEGER NOT NULL REFERENCES institution (no),
    member_id      TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    mail_from      TEXT,
    mail_to        TEXT    NOT NULL,
    message_id     TEXT    NOT NULL UNIQUE,
    subject        TEXT    NOT NULL,
    body           TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
    tries          INTEGER NOT NULL DEFAULT 0,
    next_at        INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    state_at       INTEGER NOT NULL,
    last_error     TEXT
) STRICT;
CREATE INDEX outbox_due ON outbox (next_at) WHERE state = 'queued';
CREATE INDEX outbox_of_member ON outbox (institution_no, member_id, no);
