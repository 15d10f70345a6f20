-- Mails that were taken over and came back. address: in lower case. at: when the mail server said so last.
CREATE TABLE bounce (
    address TEXT PRIMARY KEY,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
