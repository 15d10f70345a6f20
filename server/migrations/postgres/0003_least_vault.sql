-- How well a device has to keep its keys, at least, to be initialised.
ALTER TABLE institution ADD COLUMN least_vault TEXT NOT NULL DEFAULT 'sealed'
    CHECK (least_vault IN ('sealed', 'device_only', 'hardware_wrapped', 'hardware_computed'));
