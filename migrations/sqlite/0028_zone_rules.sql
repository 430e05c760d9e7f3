-- By which release of the time zone database the calendar windows were laid; null: by an unknown one.
alter table installation add column zone_rules text;
