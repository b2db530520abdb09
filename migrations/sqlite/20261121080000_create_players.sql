-- The people on the canvas. What they do is in the log, by id; here is who they are.
create table players (
    -- 63 random bits, or for an imported player the first 63 bits of the BLAKE3 hash of the name,
    -- so that importing a log again finds the same players.
    id bigint not null constraint players_pk primary key,

    -- As shown to others. Of an imported player: the name in the source, unchanged, so that an
    -- export gives back the same rows.
    name text not null,

    -- How the player came to be here.
    origin text not null
        constraint players_origin_is_known check (origin in ('anonymous', 'imported')),

    -- Milliseconds since 1970-01-01T00:00:00Z.
    created_at bigint not null
);
