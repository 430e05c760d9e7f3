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

-- What the house notes on a purchase: it decides nothing. tags is a JSON list; remarked counts the changes of the three.
alter table purchases add column notes text;
alter table purchases add column tags text not null default '[]';
alter table purchases add column category text;
alter table purchases add column remarked bigint not null default 1;

-- What is said against a purchase, and what the card network makes of it.
create table disputes (
    organisation_id text collate "C" not null,
    environment text not null check (environment in ('live', 'dev')),
    id text collate "C" not null,
    purchase_id text collate "C" not null,
    card_id text collate "C" not null,
    agent_id text collate "C" not null,
    user_id text collate "C" not null,
    amount bigint not null check (amount > 0),
    currency text not null,
    reason text not null,
    description text,
    text_evidence text,
    status text not null check (status in ('pending', 'inReview', 'won', 'lost', 'canceled')),
    created_at bigint not null,
    updated_at bigint not null,
    resolved_at bigint,
    primary key (organisation_id, environment, id),
    foreign key (organisation_id, environment, purchase_id) references purchases (organisation_id, environment, id),
    check ((resolved_at is null) = (status in ('pending', 'inReview')))
);
-- One stands at a time; those that were taken back do not count.
create unique index disputes_standing on disputes (organisation_id, environment, purchase_id) where status <> 'canceled';
create index disputes_purchase on disputes (organisation_id, environment, purchase_id, id);
create index disputes_agent on disputes (organisation_id, environment, agent_id, id);
create index disputes_user on disputes (organisation_id, environment, user_id, id);
create index disputes_status on disputes (organisation_id, environment, status, id);
