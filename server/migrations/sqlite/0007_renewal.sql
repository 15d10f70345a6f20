-- A new token may wait beside the one in use, which goes on until the new one is activated.
DROP INDEX IF EXISTS one_living_token;
CREATE UNIQUE INDEX one_token_in_use ON token (institution_no, member_id) WHERE state IN ('active', 'suspended');
CREATE UNIQUE INDEX one_waiting_token ON token (institution_no, member_id) WHERE state = 'issued';

-- Up to which token, in the order of their ends, members were told so many days before.
CREATE TABLE reminder (
    days       INTEGER NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    token_no   INTEGER NOT NULL
) STRICT;
