-- What each token's device asked lately, and the last answer: the same question again gets the same answer.
CREATE TABLE device_question (
    token_no BIGINT NOT NULL REFERENCES token (no),
    n        BIGINT NOT NULL,
    nonce    BYTEA   NOT NULL,
    reply    BYTEA,
    PRIMARY KEY (token_no, n, nonce)
);

-- Tokens whose keys two devices seem to hold.
CREATE TABLE device_copy (
    token_no BIGINT NOT NULL PRIMARY KEY REFERENCES token (no),
    at       BIGINT NOT NULL
);

-- For the figures: which kinds of mails were written when.
CREATE INDEX outbox_by_kind ON outbox (institution_no, kind, created_at);
