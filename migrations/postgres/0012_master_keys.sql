-- The root of all keys of this installation, sealed with the master key of its key file. There are two rows only while
-- one master key takes the place of another.
create table master_keys (
    -- Says which master key opens the row, and nothing of it.
    tag text collate "C" primary key,
    root bytea not null,
    created_at bigint not null
);
