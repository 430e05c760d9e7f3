-- While its row is here, all spending of the organisation in that environment is stopped. A decision reads it under the lock of
-- its user; whoever writes it holds the locks of all users, so that no decision is between the two.
create table spending_stops (
    organisation_id text not null references organisations (id),
    environment text not null check (environment in ('live', 'dev')),
    stopped_at integer not null,
    -- The name at the time; the audit log has the id.
    stopped_by text not null,
    reason text not null,
    primary key (organisation_id, environment)
) strict, without rowid;
