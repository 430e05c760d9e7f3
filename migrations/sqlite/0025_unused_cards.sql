-- Multi-use cards in service by their last use: few are ever unused for long, whatever the number of cards.
create index cards_unused on cards (organisation_id, environment, coalesce(last_used_at, created_at), id)
    where type = 'multi' and status <> 'closed';
