-- The filters and the order of a list under a name.
create table views (
    organisation_id text not null,
    environment text not null check (environment in ('live', 'dev')),
    id text not null,
    screen text not null,
    name text not null,
    -- What the list's address has behind its question mark.
    query text not null check (query <> ''),
    shared integer not null check (shared in (0, 1)),
    person_id text not null,
    created_at integer not null,
    primary key (organisation_id, environment, id),
    foreign key (organisation_id, person_id) references people (organisation_id, id)
) strict, without rowid;
create index views_screen on views (organisation_id, environment, screen, name, id);
create index views_person on views (organisation_id, environment, person_id);

-- The view that a person starts a list with.
create table views_chosen (
    organisation_id text not null,
    environment text not null,
    person_id text not null,
    screen text not null,
    view_id text not null,
    primary key (organisation_id, environment, person_id, screen),
    foreign key (organisation_id, person_id) references people (organisation_id, id),
    foreign key (organisation_id, environment, view_id) references views (organisation_id, environment, id)
) strict, without rowid;
create index views_chosen_view on views_chosen (organisation_id, environment, view_id);
