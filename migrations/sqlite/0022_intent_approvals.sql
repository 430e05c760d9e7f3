-- Who declared an intent: approving it is for somebody else.
alter table intents add column declared_by_kind text;
alter table intents add column declared_by_id text;
alter table intents add column declared_by_name text;
alter table intents add column approval_required integer not null default 0 check (approval_required in (0, 1));
-- Who approved or rejected it, when, by what means and why, with the facts that they decided on, as JSON.
alter table intents add column decision text check (decision in ('approved', 'rejected'));
alter table intents add column decided_at integer;
alter table intents add column decided_by_kind text;
alter table intents add column decided_by_id text;
alter table intents add column decided_by_name text;
alter table intents add column decided_with text;
alter table intents add column decision_reason text;
alter table intents add column decision_facts text;
-- The last approval that a limit stood in the way of. The intent goes on waiting.
alter table intents add column approval_failed_at integer;
alter table intents add column approval_failure text;
-- What a purchase or a read may belong to: few of a card's intents, however many it had.
create index intents_open on intents (organisation_id, environment, card_id, id) where status = 'pending';
create index intents_held on intents (organisation_id, environment, expires_at) where status = 'pending_approval';

-- A purchase that had no declaration of its own and used one that another purchase had ended.
create table intent_reuses (
    organisation_id text not null,
    environment text not null,
    purchase_id text not null,
    intent_id text not null,
    first_purchase_id text not null,
    found_at integer not null,
    primary key (organisation_id, environment, purchase_id),
    foreign key (organisation_id, environment, purchase_id) references purchases (organisation_id, environment, id),
    foreign key (organisation_id, environment, intent_id) references intents (organisation_id, environment, id)
) strict, without rowid;
create index intent_reuses_intent on intent_reuses (organisation_id, environment, intent_id, purchase_id);
create index intent_reuses_first on intent_reuses (organisation_id, environment, first_purchase_id, purchase_id);

-- How many intents of an agent are in each state, written with every change of state.
create table intent_counts (
    organisation_id text not null,
    environment text not null,
    agent_id text not null,
    status text not null,
    n integer not null check (n >= 0),
    primary key (organisation_id, environment, agent_id, status)
) strict, without rowid;
insert into intent_counts (organisation_id, environment, agent_id, status, n)
    select organisation_id, environment, agent_id, status, count(*) from intents group by 1, 2, 3, 4;
