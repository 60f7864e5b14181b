-- The synchronizer of the object: each has its turn, however much there is to do for another.
alter table outbox add column queue text not null default '';
drop index outbox_kind_priority_id_idx;
-- What is set aside stands apart: else every claim would walk past all of it.
create index outbox_next on outbox (queue, priority, id) where kind = 'object' and looks = 0;
create index outbox_aside on outbox (queue, due) where kind = 'object' and looks > 0;
create index outbox_errands on outbox (priority, id) where kind <> 'object';
create index on outbox (due);

-- What an attempt shows to its back end is its own number now, and was a token before: what is shown never shrinks.
select setval(pg_get_serial_sequence('attempts', 'id'), n.least, n.least > 1)
  from (select greatest((select last_value from fence_tokens), (select max(id) from attempts)) as least) n;
