-- Found by the public part, proved by the keyed hash; the key itself is never here.
create table api_keys (
    organisation_id text collate "C" not null references organisations (id),
    environment text not null check (environment in ('live', 'dev')),
    id text collate "C" not null,
    name text not null,
    public_id text collate "C" not null,
    digest bytea not null,
    created_by text not null,
    created_at bigint not null,
    expires_at bigint,
    revoked_at bigint,
    primary key (organisation_id, environment, id)
);
create unique index api_keys_public_id on api_keys (public_id);
-- A name may be used again once its key is revoked.
create unique index api_keys_name on api_keys (organisation_id, environment, name) where revoked_at is null;

-- When a key or token was last used: bookkeeping, apart from the rows that say what it may do.
create table key_uses (
    organisation_id text collate "C" not null,
    environment text not null,
    key_id text collate "C" not null,
    used_at bigint not null,
    address text,
    client text,
    primary key (organisation_id, environment, key_id)
);
