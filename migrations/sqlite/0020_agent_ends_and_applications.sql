-- A deregistered agent stays for its history. To every rule that spends it is suspended, for good.
alter table agents add column closed_at integer check (closed_at is null or status = 'suspended');

-- How much each document of a user's application weighed, what it was and when it came. The document itself is looked at
-- and thrown away: nothing of it is stored, and no hash of it.
create table user_documents (
    organisation_id text not null,
    environment text not null,
    user_id text not null,
    type text not null,
    format text not null,
    bytes integer not null check (bytes > 0),
    received_at integer not null,
    primary key (organisation_id, environment, user_id, type),
    foreign key (organisation_id, environment, user_id) references users (organisation_id, environment, id)
) strict, without rowid;

create index users_status on users (organisation_id, environment, application_status, id);
