-- One row. next_* give numbers without a race: UPDATE … RETURNING locks the row.
CREATE TABLE meta (
    version BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    created BIGINT NOT NULL,
    next_run BIGINT NOT NULL,
    audit_seq BIGINT NOT NULL,
    audit_head {BLOB} NOT NULL,
    audit_base_seq BIGINT NOT NULL,
    audit_base {BLOB} NOT NULL
);
INSERT INTO meta (version, tenant, created, next_run, audit_seq, audit_head, audit_base_seq, audit_base)
    VALUES (0, '', 0, 1, 0, '', 0, '');

CREATE TABLE run (
    number BIGINT PRIMARY KEY,
    target TEXT NOT NULL,
    state TEXT NOT NULL,
    started BIGINT NOT NULL,
    finished BIGINT,
    source_hash TEXT,
    rules_hash TEXT,
    plan_id TEXT,
    counts TEXT NOT NULL,
    exit_code BIGINT,
    worker TEXT NOT NULL
);
CREATE INDEX run_started ON run (started);

CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until BIGINT NOT NULL,
    fence BIGINT NOT NULL
);

CREATE TABLE plan (
    id TEXT PRIMARY KEY,
    target TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    status TEXT NOT NULL,
    counts TEXT NOT NULL,
    header TEXT NOT NULL
);
CREATE INDEX plan_target ON plan (target, created);

CREATE TABLE approval (
    plan_id TEXT NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    scope TEXT NOT NULL,
    who TEXT NOT NULL,
    at BIGINT NOT NULL,
    comment TEXT NOT NULL,
    counts TEXT NOT NULL,
    PRIMARY KEY (plan_id, number)
);

CREATE TABLE journal (
    run BIGINT NOT NULL,
    call_no BIGINT NOT NULL,
    plan_id TEXT NOT NULL,
    operations TEXT NOT NULL,
    state TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    settled_at BIGINT,
    code TEXT,
    request_id TEXT,
    PRIMARY KEY (run, call_no)
);
CREATE INDEX journal_plan ON journal (plan_id, state);

CREATE TABLE link (
    target TEXT NOT NULL,
    kind BIGINT NOT NULL,
    key {BLOB} NOT NULL,
    published {BLOB} NOT NULL,
    receiver_id TEXT,
    schools {BLOB} NOT NULL,
    state TEXT NOT NULL,
    since TEXT,
    maker TEXT NOT NULL,
    PRIMARY KEY (target, kind, key)
);
-- Most links are active and published under their own key; a run needs only the others.
CREATE INDEX link_exception ON link (target, kind, key)
    WHERE published <> key OR state <> 'active' OR maker <> 'us' OR receiver_id IS NOT NULL;

CREATE TABLE due (
    target TEXT NOT NULL,
    kind BIGINT NOT NULL,
    key {BLOB} NOT NULL,
    what TEXT NOT NULL,
    on_date TEXT NOT NULL,
    PRIMARY KEY (target, kind, key, what)
);
CREATE INDEX due_date ON due (target, on_date);

-- A generation is there when `complete` is 1, and not before.
CREATE TABLE blob (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    generation BIGINT NOT NULL,
    complete BIGINT NOT NULL,
    created BIGINT NOT NULL,
    size BIGINT NOT NULL,
    PRIMARY KEY (kind, name, generation)
);
CREATE TABLE blob_chunk (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    generation BIGINT NOT NULL,
    number BIGINT NOT NULL,
    bytes {BLOB} NOT NULL,
    PRIMARY KEY (kind, name, generation, number),
    FOREIGN KEY (kind, name, generation) REFERENCES blob (kind, name, generation) ON DELETE CASCADE
);

CREATE TABLE quality_issue (
    code TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject {BLOB} NOT NULL,
    schools {BLOB} NOT NULL,
    severity TEXT NOT NULL,
    detail TEXT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    last_run BIGINT NOT NULL,
    PRIMARY KEY (code, subject_kind, subject)
);
CREATE TABLE quality_trend (
    on_date TEXT NOT NULL,
    code TEXT NOT NULL,
    issues BIGINT NOT NULL,
    PRIMARY KEY (on_date, code)
);

CREATE TABLE protected_mark (
    mac {BLOB} PRIMARY KEY,
    first_seen BIGINT NOT NULL
);

CREATE TABLE identity_index (
    kind BIGINT NOT NULL,
    mac {BLOB} NOT NULL,
    key {BLOB} NOT NULL,
    PRIMARY KEY (kind, mac, key)
);

CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    prev_hash {BLOB} NOT NULL,
    hash {BLOB} NOT NULL
);

-- Small values; scope is a target's name, or empty for the whole tenant.
CREATE TABLE kv (
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    value {BLOB} NOT NULL,
    PRIMARY KEY (scope, name)
);
