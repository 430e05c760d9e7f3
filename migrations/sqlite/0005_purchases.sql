-- An authorization and what became of it. amount is what it stands at: authorized, then captured, less refunds.
create table purchases (
    organisation_id text not null,
    environment text not null,
    id text not null,
    card_id text not null,
    agent_id text not null,
    user_id text not null,
    status text not null check (status in ('pending', 'completed', 'declined', 'reversed')),
    declined_reason text,
    currency text not null,
    amount integer not null check (amount >= 0),
    authorized_amount integer not null check (authorized_amount > 0),
    captured_amount integer not null default 0 check (captured_amount >= 0),
    reversed_amount integer not null default 0 check (reversed_amount >= 0),
    merchant_name text not null,
    merchant_category_code text not null,
    merchant_city text,
    merchant_country text,
    attestation_status text not null,
    access_id text,
    intent_id text,
    request_id text,
    -- The moment of the decision; the id carries the same one.
    authorized_at integer not null,
    posted_at integer,
    reversed_at integer,
    updated_at integer not null,
    primary key (organisation_id, environment, id),
    foreign key (organisation_id, environment, card_id) references cards (organisation_id, environment, id)
) strict, without rowid;
create index purchases_card on purchases (organisation_id, environment, card_id, id);
create index purchases_agent on purchases (organisation_id, environment, agent_id, id);
create index purchases_user on purchases (organisation_id, environment, user_id, id);
create index purchases_status on purchases (organisation_id, environment, status, id);
create index purchases_attestation on purchases (organisation_id, environment, attestation_status, id);
create index purchases_declined on purchases (organisation_id, environment, declined_reason, id)
    where declined_reason is not null;

-- Each decision with all that it was made from: the same rules give the same outcome again.
create table decisions (
    organisation_id text not null,
    environment text not null,
    purchase_id text not null,
    version integer not null,
    input text not null,
    decision text not null,
    primary key (organisation_id, environment, purchase_id),
    foreign key (organisation_id, environment, purchase_id) references purchases (organisation_id, environment, id)
) strict, without rowid;
