-- What the organisation asks of its people at the door: roles that must show a second factor, those for whom it must be
-- a passkey (words separated by commas), and after how many quiet minutes a session ends.
alter table organisations add column second_factor_roles text not null default 'owner,admin,finance';
alter table organisations add column passkey_roles text not null default '';
alter table organisations add column idle_minutes integer not null default 15 check (idle_minutes between 5 and 60);

-- Sessions know now from where they come and when a factor was last shown. Those of before are not carried over: their
-- people sign in again.
drop table sessions;
create table sessions (
    hash blob primary key,
    organisation_id text not null,
    person_id text not null,
    -- What its owner ends it by; the hash never leaves the database.
    id text not null unique,
    data text not null,
    created_at integer not null,
    seen_at integer not null,
    ends_at integer not null,
    factor_at integer not null,
    address text,
    client text,
    foreign key (organisation_id, person_id) references people (organisation_id, id)
) strict, without rowid;
create index sessions_person on sessions (organisation_id, person_id);
create index sessions_ends on sessions (ends_at);

-- Browsers in which a person has signed in before: a lock against strangers does not hold them up.
create table devices (
    organisation_id text not null,
    person_id text not null,
    hash blob not null,
    created_at integer not null,
    seen_at integer not null,
    primary key (organisation_id, person_id, hash),
    foreign key (organisation_id, person_id) references people (organisation_id, id)
) strict, without rowid;

-- A sign-in whose password was right and whose second factor is still to come. It opens no page.
create table sign_ins (
    hash blob primary key,
    organisation_id text not null,
    person_id text not null,
    wrong integer not null,
    created_at integer not null,
    ends_at integer not null,
    foreign key (organisation_id, person_id) references people (organisation_id, id)
) strict, without rowid;
create index sign_ins_ends on sign_ins (ends_at);

-- Failed tries, by a keyed hash of whom or where they aimed from: unknown addresses count like known ones.
create table sign_in_failures (
    subject blob primary key,
    n integer not null check (n >= 0),
    since integer not null,
    last_at integer not null,
    -- Nothing is tried before this moment.
    until integer not null
) strict, without rowid;
create index sign_in_failures_last on sign_in_failures (last_at);

-- Authenticator apps, one for each person. A step of the clock counts once.
create table totp_factors (
    organisation_id text not null,
    person_id text not null,
    seed blob not null,
    last_step integer not null,
    created_at integer not null,
    primary key (organisation_id, person_id),
    foreign key (organisation_id, person_id) references people (organisation_id, id)
) strict, without rowid;

create table recovery_codes (
    organisation_id text not null,
    person_id text not null,
    hash blob not null,
    created_at integer not null,
    used_at integer,
    primary key (organisation_id, person_id, hash),
    foreign key (organisation_id, person_id) references people (organisation_id, id)
) strict, without rowid;

create table passkeys (
    organisation_id text not null,
    id text not null,
    person_id text not null,
    name text not null,
    -- The authenticator's own id of it, and what its use is judged by: public key, counter, flags (JSON of webauthn-rs).
    credential blob not null unique,
    kept text not null,
    -- Rises with each use where the authenticator counts; 0 where it does not.
    sign_count integer not null,
    created_at integer not null,
    used_at integer,
    primary key (organisation_id, id),
    foreign key (organisation_id, person_id) references people (organisation_id, id)
) strict, without rowid;
create index passkeys_person on passkeys (organisation_id, person_id);

-- Challenges that were answered: each counts once.
create table spent_challenges (
    hash blob primary key,
    ends_at integer not null
) strict, without rowid;
create index spent_challenges_ends on spent_challenges (ends_at);
