-- The database remembers a tag of the key file that it was made with: another one refuses to start.
create table installation (
    id integer primary key check (id = 1),
    tag text not null
) strict;

create table organisations (
    id text primary key,
    name text not null,
    time_zone text not null,
    -- How far a purchase may be from its intent when neither intent nor card says: basis points.
    intent_tolerance_bp integer not null default 1000 check (intent_tolerance_bp between 0 and 10000),
    require_intent_live integer not null check (require_intent_live in (0, 1)),
    require_intent_dev integer not null check (require_intent_dev in (0, 1)),
    created_at integer not null
) strict;

create table people (
    organisation_id text not null references organisations (id),
    id text not null,
    name text not null,
    email text not null,
    role text not null check (role in ('owner', 'admin', 'developer', 'support', 'finance', 'auditor')),
    password_hash text not null,
    created_at integer not null,
    disabled_at integer,
    primary key (organisation_id, id)
) strict, without rowid;
-- Signing in starts from the address alone, so it belongs to one person of one organisation.
create unique index people_email on people (email);

-- The one-time address under which the owner sets up an empty installation. Only its hash is kept.
create table setup_links (
    hash blob primary key,
    created_at integer not null,
    expires_at integer not null,
    used_at integer
) strict, without rowid;

-- The session's id is kept as a keyed hash: a stolen database signs nobody in.
create table sessions (
    hash blob primary key,
    organisation_id text,
    person_id text,
    data text not null,
    created_at integer not null,
    seen_at integer not null,
    ends_at integer not null,
    foreign key (organisation_id, person_id) references people (organisation_id, id)
) strict, without rowid;
create index sessions_person on sessions (organisation_id, person_id);
create index sessions_ends on sessions (ends_at);

-- Append-only: what was written here is never changed or removed.
create table audit (
    organisation_id text not null references organisations (id),
    -- Null: it concerns both environments.
    environment text check (environment in ('live', 'dev')),
    id text not null,
    at integer not null,
    actor_kind text not null,
    actor_id text,
    actor_name text not null,
    action text not null,
    subject_noun text not null,
    subject_id text not null,
    subject_name text not null,
    outcome text not null,
    before text,
    after text,
    reason text,
    request_id text,
    address text,
    client text,
    primary key (organisation_id, id)
) strict, without rowid;
create index audit_subject on audit (organisation_id, subject_id, id);
create index audit_action on audit (organisation_id, action, id);
create index audit_actor on audit (organisation_id, actor_id, id);
create trigger audit_is_never_changed before update on audit begin
    select raise(abort, 'the audit log is append-only');
end;
create trigger audit_is_never_removed before delete on audit begin
    select raise(abort, 'the audit log is append-only');
end;

-- Counters by quarter-hour, written with the change itself: a panel costs the same at any size.
create table rollups (
    organisation_id text not null references organisations (id),
    environment text not null check (environment in ('live', 'dev')),
    counter text not null,
    bucket integer not null,
    n integer not null,
    primary key (organisation_id, environment, counter, bucket)
) strict, without rowid;
