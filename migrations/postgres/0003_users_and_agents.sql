-- A funding source. deposited - pending - posted is what its agents may still spend.
create table users (
    organisation_id text collate "C" not null references organisations (id),
    environment text not null check (environment in ('live', 'dev')),
    id text collate "C" not null,
    first_name text not null,
    last_name text not null,
    email text not null,
    application_status text not null,
    metadata text,
    currency text not null default 'USD',
    deposited bigint not null default 0 check (deposited >= 0),
    pending bigint not null default 0 check (pending >= 0),
    posted bigint not null default 0,
    created_at bigint not null,
    primary key (organisation_id, environment, id)
);
-- The link under which a user completes the application names the user only.
create unique index users_id on users (id);

create table agents (
    organisation_id text collate "C" not null,
    environment text not null,
    id text collate "C" not null,
    user_id text collate "C" not null,
    external_id text collate "C",
    name text not null,
    description text not null default '',
    status text not null check (status in ('active', 'suspended')),
    suspended_reason text,
    spending_limit bigint check (spending_limit > 0),
    spending_limit_frequency text,
    on_limit_exceeded text,
    max_cards bigint,
    metadata text,
    -- Raised by every edit, so that a stale form is noticed.
    version bigint not null default 1,
    created_at bigint not null,
    last_activity_at bigint,
    primary key (organisation_id, environment, id),
    foreign key (organisation_id, environment, user_id) references users (organisation_id, environment, id),
    check ((spending_limit is null) = (spending_limit_frequency is null))
);
create index agents_user on agents (organisation_id, environment, user_id, id);
create unique index agents_external_id on agents (organisation_id, environment, external_id);

-- What an agent spent in each calendar window, kept for every frequency so that a changed limit knows its past.
-- Authorized and settled amounts count; reversals are given back to the window of their authorization.
create table spend_windows (
    organisation_id text collate "C" not null,
    environment text not null,
    agent_id text collate "C" not null,
    frequency text not null check (frequency in ('perWeek', 'perMonth', 'perYear', 'allTime')),
    starts_at bigint not null,
    spent bigint not null check (spent >= 0),
    primary key (organisation_id, environment, agent_id, frequency, starts_at),
    foreign key (organisation_id, environment, agent_id) references agents (organisation_id, environment, id)
);

-- The same by minute, for the rolling window: its full minutes are summed here, its edge from the purchases.
create table spend_minutes (
    organisation_id text collate "C" not null,
    environment text not null,
    agent_id text collate "C" not null,
    minute bigint not null,
    spent bigint not null check (spent >= 0),
    primary key (organisation_id, environment, agent_id, minute),
    foreign key (organisation_id, environment, agent_id) references agents (organisation_id, environment, id)
);

create table agent_tokens (
    organisation_id text collate "C" not null,
    environment text not null,
    id text collate "C" not null,
    agent_id text collate "C" not null,
    name text not null,
    public_id text collate "C" not null,
    digest bytea not null,
    created_at bigint not null,
    expires_at bigint,
    revoked_at bigint,
    primary key (organisation_id, environment, id),
    foreign key (organisation_id, environment, agent_id) references agents (organisation_id, environment, id)
);
create unique index agent_tokens_public_id on agent_tokens (public_id);
create index agent_tokens_agent on agent_tokens (organisation_id, environment, agent_id, id);
