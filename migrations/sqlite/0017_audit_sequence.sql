-- The records of an organisation are counted without a gap, so that one that was taken out by force is missed.
-- What keeps records from being changed would stop the numbering of those that are there: it is put back below.
drop trigger audit_is_never_changed;
alter table audit add column sequence integer not null default 0;
update audit set sequence = numbered.n
from (select organisation_id as organisation, id as record,
             row_number() over (partition by organisation_id order by id) as n from audit) as numbered
where audit.organisation_id = numbered.organisation and audit.id = numbered.record;
create unique index audit_sequence on audit (organisation_id, sequence);
create trigger audit_is_never_changed before update on audit begin
    select raise(abort, 'the audit log is append-only');
end;

-- The number of an organisation's last record.
create table audit_heads (
    organisation_id text primary key references organisations (id),
    last integer not null check (last > 0)
) strict, without rowid;
insert into audit_heads (organisation_id, last) select organisation_id, max(sequence) from audit group by organisation_id;
-- There is one writer: whoever inserts a record takes the number after the last.
create trigger audit_is_counted after insert on audit begin
    insert into audit_heads (organisation_id, last) values (new.organisation_id, new.sequence)
    on conflict (organisation_id) do update set last = excluded.last;
end;
