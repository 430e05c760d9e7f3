-- The latest moment that the machine's clock said: what ended until then stays ended when the clock is set back.
create table clock_seen (
    id integer primary key check (id = 1),
    latest bigint not null
);
insert into clock_seen (id, latest) values (1, 0);
