-- When somebody last said that this database is the one to go on with: processes that have seen more of it believe that.
alter table installation add column repaired_at timestamptz;
