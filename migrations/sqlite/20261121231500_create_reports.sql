-- What players told of a cell or of somebody, and what somebody banned or muted has to say, as the
-- staff sees it: one row for each subject, however many tell of it.
create table report_entries (
    -- Rises with every row and is never given twice.
    id integer not null constraint report_entries_pk primary key autoincrement,

    -- The slug of the canvas.
    canvas text not null,

    kind text not null
        constraint report_entries_kind_is_known
            check (kind in ('cell', 'player', 'ban_appeal', 'mute_appeal')),

    -- What it is about, in words that are the same whoever tells of it: 'cell:<round>:<x>:<y>:<who
    -- had set it>', 'player:<id>', 'ban:<id>:<act>:<end>', 'mute:<id>:<end>'.
    subject text not null,

    -- Whom it concerns: who had set the cell, who is reported, who appeals; null for a cell that
    -- nobody had set. Without a foreign key: what was said outlives an account.
    player_id bigint,

    -- Of a cell: where it is. The version that the newest report saw, and the region to show around
    -- the cell, 'x,y,width,height' on the canvas as large as it was then.
    x integer,
    y integer,
    version bigint,
    region text,

    -- Of an appeal: the number of the act that it is against, where there is one.
    appealed_act bigint,

    state text not null
        constraint report_entries_state_is_known check (state in ('open', 'done')),

    -- The number of the newest report: what the queue is ordered by.
    newest_report bigint not null,

    -- Milliseconds since 1970-01-01T00:00:00Z, as are resolved_at and claimed_at.
    opened_at bigint not null,

    -- How often it was opened again by a new report after it was done.
    reopened_count bigint not null,

    -- What came of it; null while it is open. Who decided is an actor, as in `acts`.
    outcome text,
    answer text,
    act bigint,
    resolved_by text,
    resolved_at bigint,

    -- Who is doing what an answer takes, and since when: nobody else answers meanwhile.
    claimed_by text,
    claimed_at bigint,

    constraint report_entries_subject_unique unique (canvas, subject)
);

create index report_entries_in_order on report_entries (canvas, state, newest_report);
create index report_entries_of_player on report_entries (canvas, player_id);

-- What one player told. Kept with its answer when the subject is told of again.
create table reports (
    -- Rises with every row and is never given twice.
    id integer not null constraint reports_pk primary key autoincrement,

    entry_id bigint not null
        constraint reports_entry_fk references report_entries (id) on delete cascade,

    -- Who told it. Without a foreign key: what was said outlives an account.
    player_id bigint not null,

    category text not null
        constraint reports_category_is_known
            check (category in ('griefing', 'offensive', 'script', 'other', 'appeal')),

    -- In the player's own words; null when there are none.
    text text,

    -- The version that the player saw.
    version bigint not null,

    -- Milliseconds since 1970-01-01T00:00:00Z, as is answered_at.
    at bigint not null,

    -- The answer; null while there is none.
    outcome text,
    answer text,
    act bigint,
    answered_at bigint
);

-- Telling the same twice is one report.
create unique index reports_once_open on reports (entry_id, player_id) where answered_at is null;
create index reports_open_of_player on reports (player_id) where answered_at is null;
create index reports_of_player on reports (player_id, id);
create index reports_of_entry on reports (entry_id, id);

-- What the staff answered to feedback; null while nobody did. Who is an actor, as in `acts`.
alter table feedback add column answer text;
alter table feedback add column answered_by text;
alter table feedback add column answered_at bigint;
create index feedback_of_player on feedback (player_id, id) where player_id is not null;

-- Who is known to be no script: looked for again and again.
create index standings_verified on standings (verified_at) where verified_at is not null;
