-- The sandbox issuer permutes the serial into a card number: no number, and no hash of one, is stored.
create table card_serials (
    id bigint primary key check (id = 1),
    next bigint not null check (next between 0 and 999999999)
);
insert into card_serials (id, next) values (1, 0);

create table cards (
    organisation_id text collate "C" not null,
    environment text not null,
    id text collate "C" not null,
    agent_id text collate "C" not null,
    user_id text collate "C" not null,
    serial bigint not null,
    purpose text not null,
    type text not null check (type in ('single', 'multi')),
    status text not null check (status in ('active', 'frozen', 'closed', 'notActivated')),
    status_reason text,
    max_amount bigint check (max_amount > 0),
    last4 text not null,
    expiration_month bigint not null,
    expiration_year bigint not null,
    credential_exposure text not null,
    attestation_window_minutes bigint not null check (attestation_window_minutes between 1 and 60),
    intent_tolerance_bp bigint,
    require_intent boolean,
    merchant_hint text,
    -- The purchase that used up a single-use card.
    used_by text,
    -- Authorized and settled so far, reversals given back.
    spent bigint not null default 0 check (spent >= 0),
    version bigint not null default 1,
    created_at bigint not null,
    last_used_at bigint,
    closed_at bigint,
    primary key (organisation_id, environment, id),
    foreign key (organisation_id, environment, agent_id) references agents (organisation_id, environment, id),
    foreign key (organisation_id, environment, user_id) references users (organisation_id, environment, id)
);
create unique index cards_serial on cards (serial);
create index cards_agent on cards (organisation_id, environment, agent_id, id);
create index cards_user on cards (organisation_id, environment, user_id, id);
-- An agent's open cards are few, whatever it closed before.
create index cards_open on cards (organisation_id, environment, agent_id, id) where status <> 'closed';
create index cards_status on cards (organisation_id, environment, status, id);

create table intents (
    organisation_id text collate "C" not null,
    environment text not null,
    id text collate "C" not null,
    card_id text collate "C" not null,
    agent_id text collate "C" not null,
    -- The caller's own id: declaring it twice gives the first intent back.
    intent_id text collate "C" not null,
    summary text not null,
    expected_amount bigint,
    expected_currency text not null,
    expected_merchant text,
    tolerance bigint,
    metadata text,
    status text not null,
    created_at bigint not null,
    expires_at bigint not null,
    revealed_at bigint,
    ended_at bigint,
    purchase_id text collate "C",
    -- The verdict as JSON, with the version of the rules that gave it.
    match_result text,
    primary key (organisation_id, environment, id),
    foreign key (organisation_id, environment, card_id) references cards (organisation_id, environment, id)
);
create unique index intents_caller_id on intents (organisation_id, environment, card_id, intent_id);
create index intents_card on intents (organisation_id, environment, card_id, id);
create index intents_agent on intents (organisation_id, environment, agent_id, id);
create index intents_status on intents (organisation_id, environment, status, id);
create index intents_ended on intents (organisation_id, environment, status, ended_at);
create index intents_due on intents (expires_at) where status in ('pending', 'pending_approval');

-- A read of card credentials and what was said before it.
create table accesses (
    organisation_id text collate "C" not null,
    environment text not null,
    id text collate "C" not null,
    card_id text collate "C" not null,
    agent_id text collate "C" not null,
    intent_id text collate "C",
    summary text not null,
    expected_amount bigint,
    expected_currency text not null,
    merchant_text text,
    reason text,
    client_context text,
    exposure_mode text not null,
    actor_kind text not null,
    actor_id text collate "C",
    actor_name text not null,
    request_id text collate "C",
    created_at bigint not null,
    token_digest bytea,
    token_expires_at bigint,
    redeemed_at bigint,
    -- The purchase that followed and how soon: attested or stale. Null: none yet.
    purchase_id text collate "C",
    attestation_status text,
    primary key (organisation_id, environment, id),
    foreign key (organisation_id, environment, card_id) references cards (organisation_id, environment, id)
);
create index accesses_card on accesses (organisation_id, environment, card_id, id);
create index accesses_agent on accesses (organisation_id, environment, agent_id, id);
create index accesses_status on accesses (organisation_id, environment, attestation_status, id);
create unique index accesses_token on accesses (token_digest) where token_digest is not null;
