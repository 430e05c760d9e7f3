-- What the key is for, and why it never ends where that was asked.
alter table api_keys add column lives text;
alter table api_keys add column never_reason text;
alter table api_keys add column created_by_id text collate "C";
-- 'full', or words such as 'agents:read cards:write' with one space between.
alter table api_keys add column scopes text not null default 'full' check (scopes <> '');
-- Networks such as '192.0.2.0/24 2001:db8::/32' with one space between; empty: from anywhere.
alter table api_keys add column addresses text not null default '';
alter table api_keys add column disabled_at bigint;
-- A rotated key and its successor name each other. The old one ends at ends_at or, where that is null,
-- overlap_ms after the first use of its successor.
alter table api_keys add column predecessor_id text collate "C";
alter table api_keys add column successor_id text collate "C";
alter table api_keys add column ends_at bigint;
alter table api_keys add column overlap_ms bigint check (overlap_ms >= 0);
-- When and where the whole key was last sent in the open.
alter table api_keys add column exposed_at bigint;
alter table api_keys add column exposed_in text check (exposed_in in ('address', 'body'));
-- What was told of its end: 1 seven days before, 2 one day before, 3 at the end.
alter table api_keys add column notice bigint not null default 0 check (notice between 0 and 3);
-- Raised by every edit, so that a stale form is noticed.
alter table api_keys add column version bigint not null default 1;

-- A name may be used again once its key is revoked, replaced or told to have ended.
drop index api_keys_name;
create unique index api_keys_name on api_keys (organisation_id, environment, name)
    where revoked_at is null and successor_id is null and notice < 3;
create index api_keys_notices on api_keys (expires_at)
    where revoked_at is null and successor_id is null and notice < 3;
-- What is not safe about keys that open is counted beside their list, in a time that does not grow with it.
create index api_keys_end on api_keys (organisation_id, environment, expires_at)
    where revoked_at is null and disabled_at is null;
create index api_keys_addresses on api_keys (organisation_id, environment, addresses)
    where revoked_at is null and disabled_at is null;
create index api_keys_exposed on api_keys (organisation_id, environment, exposed_at)
    where revoked_at is null and disabled_at is null;
create index api_keys_age on api_keys (organisation_id, environment, created_at)
    where revoked_at is null and disabled_at is null;
create index api_keys_creator on api_keys (organisation_id, environment, created_by_id, id);

-- The first use starts the clock of a rotation; the scope tells what kind of call the last one was.
alter table key_uses add column first_used_at bigint;
alter table key_uses add column scope text;
update key_uses set first_used_at = used_at;

-- No key may live longer, where this is set.
alter table organisations add column key_max_age_days bigint check (key_max_age_days between 1 and 3650);
