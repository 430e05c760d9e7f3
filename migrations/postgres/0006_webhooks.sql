create table webhook_endpoints (
    organisation_id text collate "C" not null references organisations (id),
    environment text not null check (environment in ('live', 'dev')),
    id text collate "C" not null,
    url text not null,
    description text not null default '',
    -- A JSON list of event types; an empty one means all.
    events text not null,
    status text not null check (status in ('enabled', 'disabled', 'deleted')),
    disabled_reason text,
    secret bytea not null,
    version bigint not null default 1,
    created_at bigint not null,
    primary key (organisation_id, environment, id)
);

-- The outbox: written with the change itself, delivered at least once.
create table events (
    organisation_id text collate "C" not null,
    environment text not null,
    id text collate "C" not null,
    type text not null,
    created_at bigint not null,
    body text not null,
    primary key (organisation_id, environment, id)
);

-- One event for one endpoint.
create table deliveries (
    organisation_id text collate "C" not null,
    environment text not null,
    id text collate "C" not null,
    event_id text collate "C" not null,
    -- The event's own, here for the list that filters by it.
    event_type text not null,
    endpoint_id text collate "C" not null,
    state text not null check (state in ('pending', 'delivered', 'abandoned')),
    attempts bigint not null,
    -- When the next attempt is due; while one is under way, when its lease ends.
    next_attempt_at bigint,
    -- When the attempt that is under way was claimed: the lease's name.
    claimed_at bigint,
    created_at bigint not null,
    finished_at bigint,
    last_result text,
    primary key (organisation_id, environment, id),
    foreign key (organisation_id, environment, event_id) references events (organisation_id, environment, id),
    foreign key (organisation_id, environment, endpoint_id) references webhook_endpoints (organisation_id, environment, id)
);
create index deliveries_due on deliveries (organisation_id, environment, endpoint_id, next_attempt_at) where state = 'pending';
create index deliveries_claimed on deliveries (organisation_id, environment, endpoint_id) where claimed_at is not null;
create index deliveries_type on deliveries (organisation_id, environment, event_type, id);
create index deliveries_endpoint on deliveries (organisation_id, environment, endpoint_id, id);
create index deliveries_state on deliveries (organisation_id, environment, state, id);
create index deliveries_event on deliveries (organisation_id, environment, event_id);

-- One try: what was answered, or which fault it was.
create table attempts (
    organisation_id text collate "C" not null,
    environment text not null,
    id text collate "C" not null,
    delivery_id text collate "C" not null,
    endpoint_id text collate "C" not null,
    number bigint not null,
    succeeded boolean not null,
    status_code bigint,
    fault text,
    duration_ms bigint not null,
    response text,
    finished_at bigint not null,
    primary key (organisation_id, environment, id),
    foreign key (organisation_id, environment, delivery_id) references deliveries (organisation_id, environment, id)
);
create index attempts_delivery on attempts (organisation_id, environment, delivery_id, id);
create index attempts_outcome on attempts (organisation_id, environment, succeeded, id);
create index attempts_endpoint on attempts (organisation_id, environment, endpoint_id, id);
