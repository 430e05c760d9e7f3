-- What calls with an idempotency key were answered, for 24 hours. Written in the transaction of what the call did; not
-- read by anything that decides, it refers to no other table.
create table idempotency (
    organisation_id text collate "C" not null,
    environment text not null check (environment in ('live', 'dev')),
    -- Of the route, the agent whose token called, and the key.
    hash text collate "C" not null,
    -- Of the method, the address and the body.
    fingerprint text not null,
    -- The call that was answered.
    request_id text,
    -- Both are absent only within the transaction that makes the row.
    status bigint check (status between 200 and 299),
    -- Sealed, and without the secrets that the answer showed.
    body bytea,
    created_at bigint not null,
    primary key (organisation_id, environment, hash),
    check ((status is null) = (body is null))
);
create index idempotency_age on idempotency (organisation_id, environment, created_at);

-- The call whose stored answer this one was given.
alter table requests add column replay_of text;
