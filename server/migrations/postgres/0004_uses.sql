-- The last uses of a token, as `core::verify::with_use` writes them; nothing before the first.
ALTER TABLE token ADD COLUMN uses BYTEA;

-- Old questions are found by walking through the table: an index would have to be written with every code.
DROP INDEX request_to_forget;
