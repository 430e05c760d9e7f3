-- While a revocation is tried the key still works, and the page that revokes it tells who called with it from trial_at on.
alter table api_keys add column trial_at integer;
alter table api_keys add column trial_ends_at integer;

-- Where this is set, a key that nobody uses is disabled seven days after that was announced, at idle_told_at.
alter table organisations add column key_idle_disable integer not null default 0 check (key_idle_disable in (0, 1));
alter table api_keys add column idle_told_at integer;
