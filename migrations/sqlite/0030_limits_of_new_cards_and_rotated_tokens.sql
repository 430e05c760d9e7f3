-- What a new card of an agent may spend unless it says itself: set exactly when its window is. A card has limits for one
-- purchase, for 24 hours, for a calendar month and for its life, so the window is one of these.
alter table agents add column default_card_limit integer check (default_card_limit > 0);
alter table agents add column default_card_limit_frequency text
    check (default_card_limit_frequency in ('perTransaction', 'per24HourPeriod', 'perMonth', 'allTime'))
    check ((default_card_limit is null) = (default_card_limit_frequency is null));

-- The token that replaces this one, and when this one ends beside it.
alter table agent_tokens add column successor_id text;
alter table agent_tokens add column ends_at integer check ((ends_at is null) = (successor_id is null));
