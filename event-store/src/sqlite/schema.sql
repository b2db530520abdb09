-- One row is one commit group: the events that one transaction made durable, packed, because the
-- number of statements, not the number of bytes, is what an append costs.
create table if not exists commit_groups (
    -- The version of the group's first event; the others follow without a gap.
    first_version integer primary key,
    event_count integer not null,
    -- When the group was committed, by the writer's clock, in Unix milliseconds: bounds the
    -- window in which a reused id is known.
    committed_at integer not null,
    -- The first 8 bytes of the BLAKE3 hash of `events`.
    checksum blob not null,
    -- The packed events: docs/FORMATS.md, "Commit group".
    events blob not null
) strict;

-- The last version of every subject up to and including `version`, so that opening the log need not
-- read all of it. Only a shortcut: it can be deleted and is made again from the events.
create table if not exists subject_checkpoints (
    version integer primary key,
    subjects blob not null
) strict;
