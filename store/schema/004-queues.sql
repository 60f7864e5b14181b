-- The synchronizer of the object: each has its turn, however much there is to do for another.
alter table outbox add column queue text not null default '';
drop index outbox_kind_priority_id_idx;
create index on outbox (kind, queue, priority, id);
create index on outbox (due);

-- What an attempt shows to its back end is its own number now, and was a token before: what is shown never shrinks.
select setval(pg_get_serial_sequence('attempts', 'id'), n.least, n.least > 1)
  from (select greatest((select last_value from fence_tokens), (select max(id) from attempts)) as least) n;
