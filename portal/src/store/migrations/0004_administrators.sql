-- administers: may make, change and end accounts of the staff, whatever the role.
ALTER TABLE staff ADD COLUMN administers INTEGER NOT NULL DEFAULT 0 CHECK (administers IN (0, 1));
