-- Cards in service by the month printed on them: those whose month is over are found without looking at the others.
create index cards_printed on cards (expiration_year, expiration_month) where status <> 'closed';
-- What waits for a person on a card, beside what is pending on it: both are counted before another is declared.
create index intents_waiting on intents (organisation_id, environment, card_id, id) where status = 'pending_approval';
