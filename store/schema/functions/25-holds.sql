-- The objects that a hold covers: `object` 7, `model` Color, `synchronizer` exampleservice.
create or replace function covered_by(its_scope text, its_name text) returns setof objects language sql stable as $$
  select o.* from objects o where its_scope = 'object' and o.id = its_name::bigint
  union all
  select o.* from objects o where its_scope = 'model' and o.model = its_name
  union all
  select o.* from objects o join models m on m.name = o.model where its_scope = 'synchronizer' and m.synchronizer = its_name
$$;

-- A hold has begun, in a statement before this one: tell the workflows that have something under way. Those that
-- begin later see the hold by themselves.
create or replace function stop_covered(its_scope text, its_name text) returns void language plpgsql volatile as $$
begin
  perform tell(o.id, 'changed', 1::smallint)
     from covered_by(its_scope, its_name) o where o.lease_until is not null or o.next_attempt_at is not null;
end $$;

-- A hold has ended, in a statement before this one: put whoever has work into the outbox.
create or replace function release_covered(its_scope text, its_name text) returns void language plpgsql volatile as $$
begin
  insert into outbox (object_id, reason, priority)
  select o.id, 'changed', 4 from covered_by(its_scope, its_name) o where has_work(o);
  if found then
    perform pg_notify('accord_outbox', '');
  end if;
end $$;

-- Leave an errand for the relays.
create or replace function tell_errand(what text, about text, at timestamptz default now()) returns void language sql volatile as $$
  insert into outbox (kind, subject, reason, due) values (what, about, 'errand', at);
  select pg_notify('accord_outbox', '');
$$;

-- Has a hold of this object just ended, so that an errand is yet to put it into the outbox?
create or replace function is_being_released(o objects) returns boolean language sql stable as $$
  select exists (
    select 1 from outbox b
     where b.kind = 'release' and (b.due <= now() or b.tries > 0)
       and b.subject in ('object:' || o.id, 'model:' || o.model,
                         'synchronizer:' || (select m.synchronizer from models m where m.name = o.model)))
$$;
