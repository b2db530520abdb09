-- A player can now come by an identity too. SQLite cannot change a check, so the table is made anew.
create table players_of_all_origins (
    -- 63 random bits, or for an imported player the first 63 bits of the BLAKE3 hash of the name,
    -- so that importing a log again finds the same players.
    id bigint not null constraint players_pk primary key,

    -- As shown to others. Of an imported player: the name in the source, unchanged, so that an
    -- export gives back the same rows.
    name text not null,

    -- How the player came to be here.
    origin text not null
        constraint players_origin_is_known check (origin in ('anonymous', 'imported', 'identity')),

    -- Milliseconds since 1970-01-01T00:00:00Z.
    created_at bigint not null
);
insert into players_of_all_origins (id, name, origin, created_at)
    select id, name, origin, created_at from players;
drop table players;
alter table players_of_all_origins rename to players;

-- The sign-in record of a player. A player without one (an imported one) cannot sign in.
create table accounts (
    player_id bigint not null
        constraint accounts_pk primary key
        constraint accounts_player_fk references players (id) on delete cascade,

    -- Sign-ins and refreshes so far, on all devices: the newest session's number.
    session_number bigint not null
        constraint accounts_session_number_counts check (session_number >= 0),

    -- Milliseconds since 1970-01-01T00:00:00Z.
    created_at bigint not null
);

-- What a provider knows an account by. Neither e-mail nor picture is kept.
create table identities (
    -- 'google', 'telegram' or 'oidc'.
    provider text not null,

    -- Of 'oidc' the issuer identifier, since a server can be set to another one with other people.
    -- Empty of the others, whose name says who issues.
    issuer text not null,

    -- The provider's own, unchanging id of the person.
    subject text not null,

    player_id bigint not null
        constraint identities_account_fk references accounts (player_id) on delete cascade,

    -- Milliseconds since 1970-01-01T00:00:00Z, as is last_used_at: the last sign-in by it.
    linked_at bigint not null,
    last_used_at bigint not null,

    constraint identities_pk primary key (provider, issuer, subject)
);

create index identities_of_account on identities (player_id);

-- Sign-ins, one row for each device: the family of refresh tokens that follow one another from it.
-- No token and nothing that a token could be made from is kept.
create table login_sessions (
    -- 32 hexadecimal digits: a hash of the family's secret key. Public; the claim `sid`.
    id text not null constraint login_sessions_pk primary key,

    player_id bigint not null
        constraint login_sessions_account_fk references accounts (player_id) on delete cascade,

    -- The account's session number when the current token was issued.
    session_number bigint not null,

    -- Hash of the current token.
    token_hash blob not null,

    -- Hash of the token before it, and the current token sealed under a key that only the token
    -- before it gives; null while the first token is current.
    predecessor_hash blob,
    sealed_successor blob,

    -- Milliseconds since 1970-01-01T00:00:00Z, as are all that follow: the sign-in, the issue of
    -- the current token, and the moment from which on it is refused.
    created_at bigint not null,
    rotated_at bigint not null,
    expires_at bigint not null,

    -- When it was ended before its time, and its number in the order of such ends; null or both.
    revoked_at bigint,
    revocation_number bigint,
    constraint login_sessions_revocation_is_whole
        check ((revoked_at is null) = (revocation_number is null))
);

create index login_sessions_of_account on login_sessions (player_id);
create index login_sessions_by_end on login_sessions (expires_at);
create index login_sessions_by_revocation on login_sessions (revocation_number, id)
    where revocation_number is not null;

-- One row: the last revocation's number. A revocation holds the row until it is committed, so the
-- numbers become visible in their order, and a gateway that has seen one has seen those before it.
create table revocation_count (
    id smallint not null
        constraint revocation_count_pk primary key
        constraint revocation_count_is_one check (id = 1),
    last_number bigint not null
);
insert into revocation_count (id, last_number) values (1, 0);
