-- Tables that compare an environment by another collation than `purchases` and `cards` do cannot be joined to them by
-- their indexes: a list of findings, or an agent's alerts, read every purchase there is.
alter table views alter column environment type text collate "default";
alter table views_chosen alter column environment type text collate "default";
alter table key_scopes alter column environment type text collate "default";
alter table policies alter column environment type text collate "default";
alter table organisation_restrictions alter column environment type text collate "default";
alter table risk_settings alter column environment type text collate "default";
alter table risk_findings alter column environment type text collate "default";
alter table limit_alerts alter column environment type text collate "default";
alter table agent_buckets alter column environment type text collate "default";
alter table card_buckets alter column environment type text collate "default";
