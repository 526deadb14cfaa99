-- What stands in the way of objects at a receiver, since when (K127, K136, K137). What it is
-- comes sealed.
CREATE TABLE obstacle (
    target TEXT NOT NULL,
    kind BIGINT NOT NULL,
    key {BLOB} NOT NULL,
    code TEXT NOT NULL,
    schools {BLOB} NOT NULL,
    detail {BLOB} NOT NULL,
    first_seen BIGINT NOT NULL,
    PRIMARY KEY (target, kind, key, code)
);

-- First passwords of accounts that were made, sealed, until a school has fetched them.
CREATE TABLE handover (
    target TEXT NOT NULL,
    kind BIGINT NOT NULL,
    key {BLOB} NOT NULL,
    schools {BLOB} NOT NULL,
    made BIGINT NOT NULL,
    sealed {BLOB} NOT NULL,
    PRIMARY KEY (target, kind, key)
);
