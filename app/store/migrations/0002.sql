ALTER TABLE journal ADD COLUMN receiver_id TEXT;

-- Of every object at a receiver what was told of it last (K150).
CREATE TABLE ledger (
    target TEXT NOT NULL,
    kind BIGINT NOT NULL,
    key {BLOB} NOT NULL,
    what TEXT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    code TEXT,
    PRIMARY KEY (target, kind, key)
);
