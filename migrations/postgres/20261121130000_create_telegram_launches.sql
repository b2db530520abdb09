-- Launches of the Telegram Mini App whose data was handed in: each can sign in once. Rows go when
-- the data is too old to be taken by any setting.
create table telegram_launches (
    -- 64 hexadecimal digits: a hash of the data's hash. The data itself is not kept.
    fingerprint text not null constraint telegram_launches_pk primary key,

    -- The login session that the launch has opened; null until it is open. Without a foreign key:
    -- the row has to outlive a session that is forgotten earlier.
    login_session_id text,

    -- Milliseconds since 1970-01-01T00:00:00Z.
    forget_at bigint not null
);

create index telegram_launches_by_end on telegram_launches (forget_at);
