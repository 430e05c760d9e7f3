-- How the person signed in who acted; null where nobody had to, and in records from before.
alter table audit add column sign_in text;
