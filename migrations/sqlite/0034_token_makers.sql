-- The API key that made an agent's token: it does not approve what the token declares. Null: a person's, or made before.
alter table agent_tokens add column made_by_key text;
