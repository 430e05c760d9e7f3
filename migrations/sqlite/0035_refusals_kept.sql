-- A refusal that stands written down, such as an approval that something stopped, is the answer of its key too.
create table idempotency_kept (
    organisation_id text not null,
    environment text not null check (environment in ('live', 'dev')),
    -- Of the route, the agent whose token called, and the key.
    hash text not null,
    -- Of the method, the address and the body.
    fingerprint text not null,
    -- The call that was answered.
    request_id text,
    -- Both are absent only within the transaction that makes the row.
    status integer check (status between 200 and 499),
    -- Sealed, and without the secrets that the answer showed.
    body blob,
    created_at integer not null,
    primary key (organisation_id, environment, hash),
    check ((status is null) = (body is null))
) strict, without rowid;
insert into idempotency_kept (organisation_id, environment, hash, fingerprint, request_id, status, body, created_at)
select organisation_id, environment, hash, fingerprint, request_id, status, body, created_at from idempotency;
drop table idempotency;
alter table idempotency_kept rename to idempotency;
create index idempotency_age on idempotency (organisation_id, environment, created_at);
