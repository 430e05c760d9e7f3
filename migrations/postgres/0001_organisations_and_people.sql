-- The database remembers a tag of the key file that it was made with: another one refuses to start.
create table installation (
    id bigint primary key check (id = 1),
    tag text not null
);

create table organisations (
    id text collate "C" primary key,
    name text not null,
    time_zone text not null,
    -- How far a purchase may be from its intent when neither intent nor card says: basis points.
    intent_tolerance_bp bigint not null default 1000 check (intent_tolerance_bp between 0 and 10000),
    require_intent_live boolean not null,
    require_intent_dev boolean not null,
    created_at bigint not null
);

create table people (
    organisation_id text collate "C" not null references organisations (id),
    id text collate "C" not null,
    name text not null,
    email text not null,
    role text not null check (role in ('owner', 'admin', 'developer', 'support', 'finance', 'auditor')),
    password_hash text not null,
    created_at bigint not null,
    disabled_at bigint,
    primary key (organisation_id, id)
);
-- Signing in starts from the address alone, so it belongs to one person of one organisation.
create unique index people_email on people (email);

-- The one-time address under which the owner sets up an empty installation. Only its hash is kept.
create table setup_links (
    hash bytea primary key,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);

-- The session's id is kept as a keyed hash: a stolen database signs nobody in.
create table sessions (
    hash bytea primary key,
    organisation_id text collate "C",
    person_id text collate "C",
    data text not null,
    created_at bigint not null,
    seen_at bigint not null,
    ends_at bigint not null,
    foreign key (organisation_id, person_id) references people (organisation_id, id)
);
create index sessions_person on sessions (organisation_id, person_id);
create index sessions_ends on sessions (ends_at);

-- Append-only: what was written here is never changed or removed.
create table audit (
    organisation_id text collate "C" not null references organisations (id),
    -- Null: it concerns both environments.
    environment text check (environment in ('live', 'dev')),
    id text collate "C" not null,
    at bigint not null,
    actor_kind text not null,
    actor_id text collate "C",
    actor_name text not null,
    action text not null,
    subject_noun text not null,
    subject_id text collate "C" not null,
    subject_name text not null,
    outcome text not null,
    before text,
    after text,
    reason text,
    request_id text collate "C",
    address text,
    client text,
    primary key (organisation_id, id)
);
create index audit_subject on audit (organisation_id, subject_id, id);
create index audit_action on audit (organisation_id, action, id);
create index audit_actor on audit (organisation_id, actor_id, id);
create function audit_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only';
end $$;
create trigger audit_is_never_changed before update or delete or truncate on audit
    for each statement execute function audit_is_append_only();

-- Counters by quarter-hour, written with the change itself: a panel costs the same at any size.
create table rollups (
    organisation_id text collate "C" not null references organisations (id),
    environment text not null check (environment in ('live', 'dev')),
    counter text not null,
    bucket bigint not null,
    n bigint not null,
    primary key (organisation_id, environment, counter, bucket)
);
