-- How the risk rules are set, as JSON. No row: as the preset "moderate" has them.
create table risk_settings (
    organisation_id text collate "C" not null references organisations (id),
    environment text collate "C" not null check (environment in ('live', 'dev')),
    settings text not null,
    version bigint not null default 1,
    updated_at bigint not null,
    primary key (organisation_id, environment)
);

-- What an agent sets instead, and which rules a card switches on or off, as JSON of what is set and no more.
alter table agents add column risk text not null default '{}';
alter table cards add column risk text not null default '{}';

-- What the rules found in purchases: the numbers they saw, what was asked for and what came of it.
create table risk_findings (
    organisation_id text collate "C" not null,
    environment text collate "C" not null,
    id text collate "C" not null,
    rule text collate "C" not null,
    action text collate "C" not null check (action in ('alert', 'freeze_card', 'suspend_agent')),
    effect text collate "C" not null check (effect in ('alerted', 'card_frozen', 'agent_suspended', 'no_change', 'dry_run')),
    evidence text not null,
    purchase_id text collate "C" not null,
    card_id text collate "C" not null,
    agent_id text collate "C" not null,
    user_id text collate "C" not null,
    -- The moment of the purchase; the id carries the same one.
    found_at bigint not null,
    primary key (organisation_id, environment, id),
    foreign key (organisation_id, environment, purchase_id) references purchases (organisation_id, environment, id)
);
create index risk_findings_purchase on risk_findings (organisation_id, environment, purchase_id, id);
create index risk_findings_agent on risk_findings (organisation_id, environment, agent_id, id);
create index risk_findings_card on risk_findings (organisation_id, environment, card_id, id);
create index risk_findings_rule on risk_findings (organisation_id, environment, rule, id);
create index risk_findings_effect on risk_findings (organisation_id, environment, effect, id);

-- What an agent spent, and how often, by day (UTC): what a sudden spike is compared with. A reversed purchase gives back
-- its amount and stays counted.
create table agent_days (
    organisation_id text collate "C" not null,
    environment text collate "C" not null,
    agent_id text collate "C" not null,
    day bigint not null,
    spent bigint not null check (spent >= 0),
    purchases bigint not null check (purchases >= 0),
    primary key (organisation_id, environment, agent_id, day),
    foreign key (organisation_id, environment, agent_id) references agents (organisation_id, environment, id)
);
insert into agent_days (organisation_id, environment, agent_id, day, spent, purchases)
select organisation_id, environment, agent_id, authorized_at - authorized_at % 86400000, cast(sum(amount) as bigint),
       count(*)
from purchases where status <> 'declined' group by 1, 2, 3, 4;
