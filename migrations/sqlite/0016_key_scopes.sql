-- For what a key or token was used, and when last: written with the log of calls.
create table key_scopes (
    organisation_id text not null,
    environment text not null check (environment in ('live', 'dev')),
    key_id text not null,
    -- Such as cards:read.
    scope text not null,
    last_at integer not null,
    primary key (organisation_id, environment, key_id, scope)
) strict, without rowid;
