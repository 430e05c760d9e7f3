-- Purchases of one agent over the same amount, with all that is looked at: fifty of them are read without their rows.
drop index purchases_alike;
create index purchases_alike
    on purchases (organisation_id, environment, agent_id, authorized_amount, id, status, authorized_at, merchant_name);
