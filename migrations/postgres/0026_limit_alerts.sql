-- At how many percent of its limit an agent's spend is told of, ascending and separated by commas; empty: never.
alter table organisations add column limit_alerts text not null default '50,80,100';

-- What was told, once in each window for each level: the purchase that reached it, and what the window held with it.
create table limit_alerts (
    organisation_id text collate "C" not null,
    environment text collate "C" not null,
    agent_id text collate "C" not null,
    -- The moment of the purchase.
    told_at bigint not null,
    purchase_id text collate "C" not null,
    percent bigint not null check (percent between 1 and 100),
    frequency text collate "C" not null,
    limit_amount bigint not null check (limit_amount > 0),
    spent bigint not null check (spent > 0),
    primary key (organisation_id, environment, agent_id, told_at, purchase_id),
    foreign key (organisation_id, environment, agent_id) references agents (organisation_id, environment, id),
    foreign key (organisation_id, environment, purchase_id) references purchases (organisation_id, environment, id)
);
