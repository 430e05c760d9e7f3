-- One row for every call of the API whose key or token is known, for 30 days; no bodies, no query strings. Its id is the
-- id of its answer: pages, ranges of time and the look-up of one call walk the primary key. Written by the batch and
-- not read by anything that decides, it refers to no other table.
create table requests (
    organisation_id text not null,
    environment text not null check (environment in ('live', 'dev')),
    id text not null,
    at integer not null,
    method text not null,
    -- The template, such as /v1/cards/{id}.
    route text not null,
    status integer not null check (status between 100 and 599),
    -- The first digit of the status: what the log is filtered by.
    class integer not null check (class between 1 and 5),
    -- From the head of the request to the answer.
    micros integer not null,
    address text,
    client text,
    -- An API key's or an agent token's id.
    key_id text not null,
    agent_id text,
    idempotency_key text,
    -- The code of a refusal.
    error text,
    primary key (organisation_id, environment, id)
) strict, without rowid;
create index requests_key on requests (organisation_id, environment, key_id, id);
create index requests_agent on requests (organisation_id, environment, agent_id, id) where agent_id is not null;
create index requests_class on requests (organisation_id, environment, class, id);
create index requests_route on requests (organisation_id, environment, route, id);
create index requests_error on requests (organisation_id, environment, error, id) where error is not null;
create index requests_address on requests (organisation_id, environment, address, id) where address is not null;
create index requests_idempotency_key on requests (organisation_id, environment, idempotency_key, id)
    where idempotency_key is not null;

-- How often a key or token called, by quarter-hour: written with the rows above, so that counts and charts cost the same
-- at any number of calls. Kept for 90 days.
create table key_calls (
    organisation_id text not null,
    environment text not null check (environment in ('live', 'dev')),
    key_id text not null,
    bucket integer not null,
    calls integer not null,
    -- Of them with a status from 400.
    failed integer not null,
    primary key (organisation_id, environment, key_id, bucket)
) strict, without rowid;
create index key_calls_bucket on key_calls (organisation_id, environment, bucket, key_id);

-- Where a key or token called from: first and last. Kept until 90 days after the last call.
create table key_sources (
    organisation_id text not null,
    environment text not null check (environment in ('live', 'dev')),
    key_id text not null,
    address text not null,
    -- The client of the last call.
    client text,
    first_at integer not null,
    last_at integer not null,
    calls integer not null,
    failed integer not null,
    primary key (organisation_id, environment, key_id, address)
) strict, without rowid;

-- The audit log by what it is searched for.
create index audit_environment on audit (organisation_id, environment, id);
create index audit_request on audit (organisation_id, request_id, id) where request_id is not null;
create index audit_address on audit (organisation_id, address, id) where address is not null;
create index audit_outcome on audit (organisation_id, outcome, id);

-- What the jump box finds: a card by its last four digits, purchases by the merchant's text.
create index cards_last4 on cards (organisation_id, environment, last4, id);
create index purchases_merchant on purchases (organisation_id, environment, lower(merchant_name), id);
