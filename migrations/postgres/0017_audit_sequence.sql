-- The records of an organisation are counted without a gap, so that one that was taken out by force is missed.
-- What keeps records from being changed would stop the numbering of those that are there: it is put back below.
-- A long log takes longer to number than a statement may take while the server runs.
set local statement_timeout = 0;
alter table audit disable trigger audit_is_never_changed;
alter table audit add column sequence bigint not null default 0;
update audit set sequence = numbered.n
from (select organisation_id as organisation, id as record,
             row_number() over (partition by organisation_id order by id) as n from audit) as numbered
where audit.organisation_id = numbered.organisation and audit.id = numbered.record;
create unique index audit_sequence on audit (organisation_id, sequence);
alter table audit enable trigger audit_is_never_changed;

-- The number of an organisation's last record.
create table audit_heads (
    organisation_id text collate "C" primary key references organisations (id),
    last bigint not null check (last > 0)
);
insert into audit_heads (organisation_id, last) select organisation_id, max(sequence) from audit group by organisation_id;
-- Whatever number an insert brings, the record gets the one after the last; from then to the commit nobody else of the
-- organisation gets one, so that what is rolled back leaves no gap.
create function audit_is_counted() returns trigger language plpgsql as $$
begin
    insert into audit_heads (organisation_id, last) values (new.organisation_id, 1)
    on conflict (organisation_id) do update set last = audit_heads.last + 1
    returning last into new.sequence;
    return new;
end $$;
create trigger audit_is_counted before insert on audit for each row execute function audit_is_counted();
