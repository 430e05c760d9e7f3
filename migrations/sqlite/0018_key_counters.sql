-- The counters beside the list of keys are read from their indexes alone: as they were, each of the hundred keys that a
-- counter goes through was looked up in its table too.
drop index api_keys_end;
drop index api_keys_addresses;
create index api_keys_end
    on api_keys (organisation_id, environment, expires_at, successor_id, ends_at, overlap_ms, revoked_at, disabled_at)
    where revoked_at is null and disabled_at is null;
create index api_keys_addresses
    on api_keys (organisation_id, environment, addresses, expires_at, successor_id, ends_at, overlap_ms, revoked_at,
                 disabled_at)
    where revoked_at is null and disabled_at is null;
