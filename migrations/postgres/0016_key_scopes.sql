-- For what a key or token was used, and when last: written with the log of calls.
create table key_scopes (
    organisation_id text collate "C" not null,
    environment text collate "C" not null check (environment in ('live', 'dev')),
    key_id text collate "C" not null,
    -- Such as cards:read.
    scope text collate "C" not null,
    last_at bigint not null,
    primary key (organisation_id, environment, key_id, scope)
);
