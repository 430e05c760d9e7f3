-- The filters and the order of a list under a name.
create table views (
    organisation_id text collate "C" not null,
    environment text collate "C" not null check (environment in ('live', 'dev')),
    id text collate "C" not null,
    screen text collate "C" not null,
    name text collate "C" not null,
    -- What the list's address has behind its question mark.
    query text collate "C" not null check (query <> ''),
    shared boolean not null,
    person_id text collate "C" not null,
    created_at bigint not null,
    primary key (organisation_id, environment, id),
    foreign key (organisation_id, person_id) references people (organisation_id, id)
);
create index views_screen on views (organisation_id, environment, screen, name, id);
create index views_person on views (organisation_id, environment, person_id);

-- The view that a person starts a list with.
create table views_chosen (
    organisation_id text collate "C" not null,
    environment text collate "C" not null,
    person_id text collate "C" not null,
    screen text collate "C" not null,
    view_id text collate "C" not null,
    primary key (organisation_id, environment, person_id, screen),
    foreign key (organisation_id, person_id) references people (organisation_id, id),
    foreign key (organisation_id, environment, view_id) references views (organisation_id, environment, id)
);
create index views_chosen_view on views_chosen (organisation_id, environment, view_id);
