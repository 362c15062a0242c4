// The steps of the schema. Released steps are never changed; collections of documents make their own tables when opened.
// Columns that filters compare are of type ANY: any other would make SQLite convert between numbers and texts.

export interface Step {
  number: number;
  sql: string;
}

export const schemaSteps: readonly Step[] = [
  {
    number: 1,
    sql: `
CREATE TABLE records (
  row INTEGER PRIMARY KEY,
  machine TEXT NOT NULL,
  id ANY NOT NULL,
  version INTEGER NOT NULL,
  machine_version ANY NOT NULL,
  state ANY NOT NULL,
  user_id ANY,
  held_count ANY,
  fields TEXT NOT NULL,
  uniques TEXT NOT NULL,
  at ANY NOT NULL,
  created_at ANY NOT NULL,
  next_deadline ANY,
  final ANY NOT NULL,
  deleted_at ANY,
  quarantined ANY NOT NULL,
  sent_through INTEGER NOT NULL,
  last_row INTEGER NOT NULL,
  unsent_since INTEGER,
  UNIQUE (machine, id)
) STRICT;
CREATE INDEX records_by_state ON records (machine, state, at, id);
CREATE INDEX records_by_creation ON records (machine, created_at, id);
CREATE INDEX records_by_user ON records (machine, user_id, created_at, id);
CREATE INDEX records_by_held ON records (machine, held_count);
CREATE INDEX records_by_deadline ON records (next_deadline) WHERE next_deadline IS NOT NULL;
CREATE INDEX records_unsent ON records (unsent_since) WHERE unsent_since IS NOT NULL;
CREATE INDEX records_deleted ON records (machine, deleted_at) WHERE deleted_at IS NOT NULL;

-- Apart from the row above, so that a mark does not write the whole record again and a filter does not read it.
CREATE TABLE record_bodies (row INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;

CREATE TABLE record_uniques (
  value TEXT PRIMARY KEY,
  machine TEXT NOT NULL,
  id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (seq INTEGER PRIMARY KEY, topic TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX events_by_topic ON events (topic);

CREATE TABLE event_offsets (
  consumers TEXT NOT NULL,
  topic TEXT NOT NULL,
  through INTEGER NOT NULL,
  PRIMARY KEY (consumers, topic)
) STRICT, WITHOUT ROWID;

CREATE TABLE chunks (
  execution TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  number INTEGER NOT NULL,
  channel TEXT,
  at INTEGER,
  data BLOB,
  seal_last INTEGER,
  UNIQUE (execution, attempt, number)
) STRICT;
CREATE INDEX chunks_seals ON chunks (execution, attempt, number) WHERE seal_last IS NOT NULL;

CREATE TABLE inputs (
  execution TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  number INTEGER NOT NULL,
  key TEXT NOT NULL,
  data BLOB NOT NULL,
  ends INTEGER NOT NULL,
  UNIQUE (execution, attempt, number),
  UNIQUE (execution, attempt, key)
) STRICT;

CREATE TABLE lease_terms (name TEXT PRIMARY KEY, term INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- The elements of lists in indexed fields, so that a document is found by what a list contains.
CREATE TABLE document_items (
  collection TEXT NOT NULL,
  field TEXT NOT NULL,
  value ANY NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (collection, field, value, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_items_by_id ON document_items (collection, id);

-- AUTOINCREMENT: a number once marked is never given again.
CREATE TABLE document_outbox (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  collection TEXT NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX document_outbox_by_id ON document_outbox (collection, id, n);
`,
  },
];
