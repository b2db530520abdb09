-- Who may do what; everybody else is a player.
create table roles (
    player_id bigint not null
        constraint roles_pk primary key
        constraint roles_player_fk references players (id) on delete cascade,

    role text not null
        constraint roles_role_is_known check (role in ('helper', 'moderator', 'admin')),

    -- Who gave it: an actor, as in `acts`. Milliseconds since 1970-01-01T00:00:00Z.
    given_by text not null,
    given_at bigint not null
);

-- What moderators know of a player beside the log.
create table standings (
    player_id bigint not null
        constraint standings_pk primary key
        constraint standings_player_fk references players (id) on delete cascade,

    -- Until when reports and feedback are not taken, in milliseconds since 1970-01-01T00:00:00Z;
    -- null when they are. The reason is shown to the player.
    muted_until bigint,
    mute_reason text,

    -- Since when the player is known to be no script; null when nobody said so.
    verified_at bigint
);

-- What moderators did: who, why, when, and what came of it. Never changed afterwards but for the
-- outcome.
create table acts (
    -- Rises with every row and is never given twice.
    id integer not null constraint acts_pk primary key autoincrement,

    -- The slug of the canvas.
    canvas text not null,

    -- The act's kind, and all of it as JSON (`docs/API.md`, "Moderation").
    kind text not null,
    act text not null,

    -- 'player:<id>', 'telegram:<id>' or 'operator'; the role that it acted by; the player who
    -- stands in the log's events, null where there is none.
    actor text not null,
    actor_role text not null,
    actor_player bigint,

    reason text not null,

    -- Milliseconds since 1970-01-01T00:00:00Z, as is ended_at.
    at bigint not null,

    -- The preview that was confirmed; one is confirmed once. Null for acts that need none.
    preview text constraint acts_preview_unique unique,

    -- The act that this one undoes; one is undone once. A failed undo does not count.
    undoes bigint,

    state text not null
        constraint acts_state_is_known check (state in ('begun', 'done', 'failed')),

    -- The canvas's version before, and the first and last event that the act led to; null for an
    -- act that led to none.
    version_before bigint not null,
    first_version bigint,
    last_version bigint,

    -- What came of it as JSON, or the error as text; null until it ended.
    outcome text,
    ended_at bigint
);

create index acts_of_canvas on acts (canvas, id);
create unique index acts_undone_once on acts (undoes) where undoes is not null and state <> 'failed';
