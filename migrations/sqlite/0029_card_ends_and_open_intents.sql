-- Cards in service by the month printed on them: those whose month is over are found without looking at the others.
create index cards_printed on cards (expiration_year, expiration_month) where status <> 'closed';
