-- A browser that two people share is known to both.
CREATE TABLE known_device (
    id       BLOB NOT NULL,
    login    BLOB NOT NULL,
    used_at  INTEGER NOT NULL,
    PRIMARY KEY (id, login)
) STRICT, WITHOUT ROWID;
INSERT INTO known_device (id, login, used_at) SELECT id, login, used_at FROM device;
DROP TABLE device;
ALTER TABLE known_device RENAME TO device;
