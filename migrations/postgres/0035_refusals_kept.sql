-- A refusal that stands written down, such as an approval that something stopped, is the answer of its key too.
alter table idempotency drop constraint idempotency_status_check;
alter table idempotency add constraint idempotency_status_check check (status between 200 and 499);
