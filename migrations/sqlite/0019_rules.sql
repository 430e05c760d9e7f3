-- A template of rules that cards inherit: a change counts for every card that names it.
create table policies (
    organisation_id text not null references organisations (id),
    environment text not null check (environment in ('live', 'dev')),
    id text not null,
    name text not null,
    description text,
    -- What it sets for purchases, as JSON of what is set and no more.
    restrictions text not null default '{}',
    -- What cards under it are given besides; a card's own value stands before it.
    ttl_minutes integer check (ttl_minutes > 0),
    on_expiry text check (on_expiry in ('freeze', 'close')),
    merchant_hint text,
    intent_tolerance_bp integer check (intent_tolerance_bp between 0 and 10000),
    credential_exposure text check (credential_exposure in ('never', 'extensionOnly', 'rawPan')),
    version integer not null default 1,
    created_at integer not null,
    updated_at integer not null,
    primary key (organisation_id, environment, id)
) strict, without rowid;
create unique index policies_name on policies (organisation_id, environment, name);

-- The same for every card of the organisation in an environment. No row: nothing is set.
create table organisation_restrictions (
    organisation_id text not null references organisations (id),
    environment text not null check (environment in ('live', 'dev')),
    restrictions text not null,
    version integer not null default 1,
    updated_at integer not null,
    primary key (organisation_id, environment)
) strict, without rowid;

-- The same for every card of an agent; and the policy that its new cards are given.
alter table agents add column restrictions text not null default '{}';
alter table agents add column default_policy_id text;

alter table cards add column restrictions text not null default '{}';
alter table cards add column policy_id text;
-- The card's own lifetime; absent, its policy's counts.
alter table cards add column ttl_minutes integer check (ttl_minutes > 0);
alter table cards add column on_expiry text check (on_expiry in ('freeze', 'close'));
-- When the lifetime that counts ends, and what the expiry job then does: kept in step with card and policy.
alter table cards add column ends_at integer;
alter table cards add column at_end text check (at_end in ('freeze', 'close'));
-- How many purchases were ever approved, and at which merchant the first was.
alter table cards add column approved integer not null default 0 check (approved >= 0);
alter table cards add column pinned_merchant text;
create index cards_policy on cards (organisation_id, environment, policy_id, id) where policy_id is not null;
create index cards_end on cards (ends_at) where ends_at is not null and status <> 'closed';

-- What a card spent, and how often, by quarter-hour, in which every time zone's days begin: a rolling day and a calendar
-- month are sums of these, however long the card has lived.
create table card_quarters (
    organisation_id text not null,
    environment text not null,
    card_id text not null,
    quarter integer not null,
    spent integer not null check (spent >= 0),
    purchases integer not null check (purchases >= 0),
    primary key (organisation_id, environment, card_id, quarter),
    foreign key (organisation_id, environment, card_id) references cards (organisation_id, environment, id)
) strict, without rowid;

-- How often an agent bought, for limits on the number of purchases in a while. A reversed one stays counted.
alter table spend_minutes add column purchases integer not null default 0 check (purchases >= 0);

update spend_minutes set purchases = p.n
from (select organisation_id, environment, agent_id, authorized_at - authorized_at % 60000 as minute, count(*) as n
      from purchases where status <> 'declined' group by 1, 2, 3, 4) p
where p.organisation_id = spend_minutes.organisation_id and p.environment = spend_minutes.environment
  and p.agent_id = spend_minutes.agent_id and p.minute = spend_minutes.minute;
insert into card_quarters (organisation_id, environment, card_id, quarter, spent, purchases)
select organisation_id, environment, card_id, authorized_at - authorized_at % 900000, sum(amount), count(*)
from purchases where status <> 'declined' group by 1, 2, 3, 4;
update cards set
    approved = (select count(*) from purchases p
                where p.organisation_id = cards.organisation_id and p.environment = cards.environment
                  and p.card_id = cards.id and p.status <> 'declined'),
    pinned_merchant = (select p.merchant_name from purchases p
                       where p.organisation_id = cards.organisation_id and p.environment = cards.environment
                         and p.card_id = cards.id and p.status <> 'declined' order by p.id limit 1)
where last_used_at is not null;
