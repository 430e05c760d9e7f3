-- What an agent and what a card spent, and how often, by minute, hour and day (UTC): a window that rolls is a few whole
-- days, hours and minutes and the purchases of the minute at its edge, however long it is and whatever was bought
-- before. A reversed purchase gives back its amount and stays counted. The span is the bucket's length in milliseconds.
create table agent_buckets (
    organisation_id text not null,
    environment text not null,
    agent_id text not null,
    span integer not null check (span in (60000, 3600000, 86400000)),
    starts_at integer not null,
    spent integer not null check (spent >= 0),
    purchases integer not null check (purchases >= 0),
    primary key (organisation_id, environment, agent_id, span, starts_at),
    foreign key (organisation_id, environment, agent_id) references agents (organisation_id, environment, id)
) strict, without rowid;
create table card_buckets (
    organisation_id text not null,
    environment text not null,
    card_id text not null,
    span integer not null check (span in (60000, 3600000, 86400000)),
    starts_at integer not null,
    spent integer not null check (spent >= 0),
    purchases integer not null check (purchases >= 0),
    primary key (organisation_id, environment, card_id, span, starts_at),
    foreign key (organisation_id, environment, card_id) references cards (organisation_id, environment, id)
) strict, without rowid;

insert into agent_buckets
select organisation_id, environment, agent_id, 60000, minute, spent, purchases from spend_minutes;
insert into agent_buckets
select organisation_id, environment, agent_id, 3600000, minute - minute % 3600000, sum(spent), sum(purchases)
from spend_minutes group by 1, 2, 3, 5;
insert into agent_buckets
select organisation_id, environment, agent_id, 86400000, day, spent, purchases from agent_days;
insert into card_buckets
select organisation_id, environment, card_id, 60000, authorized_at - authorized_at % 60000, sum(amount), count(*)
from purchases where status <> 'declined' group by 1, 2, 3, 5;
insert into card_buckets
select organisation_id, environment, card_id, 3600000, starts_at - starts_at % 3600000, sum(spent), sum(purchases)
from card_buckets where span = 60000 group by 1, 2, 3, 5;
insert into card_buckets
select organisation_id, environment, card_id, 86400000, starts_at - starts_at % 86400000, sum(spent), sum(purchases)
from card_buckets where span = 3600000 group by 1, 2, 3, 5;
drop table spend_minutes;
drop table agent_days;
drop table card_quarters;

-- Purchases of one agent over the same amount: what was bought twice is looked for among these alone.
create index purchases_alike on purchases (organisation_id, environment, agent_id, authorized_amount, id);
-- What a rule found about one agent: what was told within its window is not told again.
create index risk_findings_agent_rule on risk_findings (organisation_id, environment, agent_id, rule, id);
