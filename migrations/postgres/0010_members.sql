-- The zone in which this person reads times; null: the organisation's.
alter table people add column time_zone text;
alter table people add column signed_in_at bigint;
-- Removed for good. The row stays, because the audit log names it; its address is replaced by what nobody can
-- type at sign-in, so that it may be used again.
alter table people add column removed_at bigint;
-- Raised by every change of role or state: a form that was opened before is stale.
alter table people add column version bigint not null default 1;

-- Raising a live limit above so many minor units needs a second person.
alter table organisations add column approval_threshold bigint not null default 1000000
    check (approval_threshold >= 0);
alter table organisations add column version bigint not null default 1;

-- An invitation under a single-use link. Only the keyed hash of its newest link is kept.
create table invites (
    organisation_id text not null references organisations (id),
    id text not null,
    email text not null,
    role text not null check (role in ('owner', 'admin', 'developer', 'support', 'finance', 'auditor')),
    hash bytea not null,
    invited_by text not null,
    created_at bigint not null,
    -- Of the newest link.
    sent_at bigint not null,
    expires_at bigint not null,
    accepted_at bigint,
    withdrawn_at bigint,
    primary key (organisation_id, id)
);
create unique index invites_hash on invites (hash);
-- One open invitation for an address.
create unique index invites_open on invites (organisation_id, email)
    where accepted_at is null and withdrawn_at is null;

-- A single-use link under which a person chooses a new password.
create table password_resets (
    organisation_id text not null,
    id text not null,
    person_id text not null,
    hash bytea not null,
    -- Who started it; null: the person.
    started_by text,
    created_at bigint not null,
    expires_at bigint not null,
    -- Used, or void because a newer one was made.
    ended_at bigint,
    primary key (organisation_id, id),
    foreign key (organisation_id, person_id) references people (organisation_id, id)
);
create unique index password_resets_hash on password_resets (hash);
create index password_resets_person on password_resets (organisation_id, person_id);

-- What anybody typed on the page for forgotten passwords. A job looks the address up later, so that the answer
-- takes the same time whether it is known or not.
create table reset_requests (
    email text primary key,
    requested_at bigint not null
);

-- A change that a second person must approve.
create table proposals (
    organisation_id text not null references organisations (id),
    id text not null,
    kind text not null,
    -- Whom or what it would change, and how, as JSON.
    subject_id text not null,
    subject_name text not null,
    change text not null,
    proposed_by text not null,
    proposed_by_name text not null,
    state text not null check (state in ('proposed', 'approved', 'rejected', 'expired', 'withdrawn')),
    created_at bigint not null,
    expires_at bigint not null,
    decided_at bigint,
    decided_by_name text,
    primary key (organisation_id, id)
);
-- One open proposal of a kind about one thing.
create unique index proposals_open on proposals (organisation_id, kind, subject_id) where state = 'proposed';

-- What a person is told about their own access and duties.
create table notices (
    organisation_id text not null,
    id text not null,
    person_id text not null,
    kind text not null,
    -- What it is about, as JSON.
    about text not null,
    -- What is told once only carries a name of its own.
    once text,
    created_at bigint not null,
    seen_at bigint,
    primary key (organisation_id, id),
    foreign key (organisation_id, person_id) references people (organisation_id, id)
);
create index notices_person on notices (organisation_id, person_id, id);
create index notices_new on notices (organisation_id, person_id) where seen_at is null;
create unique index notices_once on notices (organisation_id, once, person_id);

-- Mail on its way. The body is sealed, because it may hold a link, and erased once the mail is sent or given up.
create table mails (
    organisation_id text not null references organisations (id),
    id text not null,
    recipient text not null,
    subject text not null,
    body bytea,
    state text not null check (state in ('pending', 'sent', 'abandoned')),
    attempts bigint not null,
    next_attempt_at bigint not null,
    -- After this moment its content is of no use any more.
    expires_at bigint not null,
    created_at bigint not null,
    finished_at bigint,
    fault text,
    primary key (organisation_id, id)
);
create index mails_due on mails (next_attempt_at) where state = 'pending';
