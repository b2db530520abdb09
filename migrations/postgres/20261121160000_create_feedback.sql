-- What people tell the operator: a fault they met, a wish, somebody's abuse.
create table feedback (
    -- Rises with every row and is never given twice: readers ask on after the last one they saw.
    id bigint generated always as identity constraint feedback_pk primary key,

    -- Milliseconds since 1970-01-01T00:00:00Z.
    at bigint not null,

    -- 'bug', 'idea', 'abuse' or 'other'.
    category text not null
        constraint feedback_category_is_known check (category in ('bug', 'idea', 'abuse', 'other')),

    text text not null,

    -- How to answer, in the sender's own words; null when they left nothing.
    contact text,

    -- Who was signed in; null for guests. Without a foreign key: what was said outlives an account.
    player_id bigint,

    -- The slug of the canvas that it is about, as are the version and the cell; null when not told.
    canvas text,
    version bigint,
    x integer,
    y integer
);
