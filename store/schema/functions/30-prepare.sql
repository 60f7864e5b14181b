-- Decide what an object needs now, and write down what it waits for (design 3.5).
--
-- The law of two lookers: whoever synchronizes D changes D first and looks for its waiters in a later statement.
-- Here D is share-locked before the wait is written. So either D's commit comes first, and the second look sees
-- it clean; or this commit comes first, and D's later statement finds the wait. Nobody is left waiting for nothing.
create or replace function prepare(object bigint)
returns table (decision text, token bigint, generation bigint, version bigint, wait_ms double precision, waits_for text[])
language plpgsql volatile set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
#variable_conflict use_column
declare
  o objects;
  ids bigint[];
  kinds text[];
  guessed boolean[];
  delay double precision;
begin
  -- Two prepares of one object take turns: the later one sees what the earlier one wrote.
  perform pg_advisory_xact_lock(object);
  select * into o from objects where id = object;
  if not found or not has_work(o) or at_rest(o) then
    delete from waits where waiter = object;
    return query select 'nothing', null::bigint, o.generation, o.version, null::double precision, null::text[];
    return;
  end if;
  if o.backend_need_reap then
    perform reap(object);
    return query select 'nothing', null::bigint, o.generation, o.version, null::double precision, null::text[];
    return;
  end if;

  -- Policies come first: they may change what the object waits for.
  if policed_behind(o) then
    delete from waits where waiter = object;
    delay := extract(epoch from o.next_attempt_at - clock_timestamp()) * 1000;
    return query select case when delay > 0 then 'wait' else 'police' end,
      case when delay > 0 then null else nextval('fence_tokens') end, o.generation, o.version,
      case when delay > 0 then delay end, null::text[];
    return;
  end if;
  -- With its policies answered, nobody has anything to do for a live object of a model without a step.
  if not o.deleted and not has_step(o.model) then
    perform settle(object);
    return query select 'nothing', null::bigint, o.generation, o.version, null::double precision, null::text[];
    return;
  end if;

  -- What it depends on besides its links is for its author to say, of this generation.
  if not is_evaluated(o) then
    -- What it waited for with another goal holds it no longer.
    delete from waits where waiter = object;
    delay := extract(epoch from o.next_attempt_at - clock_timestamp()) * 1000;
    return query select case when delay > 0 then 'wait' else 'evaluate' end, null::bigint, o.generation, o.version,
      case when delay > 0 then delay end, null::text[];
    return;
  end if;

  select coalesce(array_agg(b.id), '{}') into ids from blockers(o) b;
  if ids <> '{}' then
    -- Only what holds is locked: locking clean ones too would let newcomers starve the writer of a hub.
    perform 1 from objects where id = any (ids) order by id for share;
    select coalesce(array_agg(b.id), '{}'), array_agg(b.kind), array_agg(b.guessed) into ids, kinds, guessed
      from blockers(o) b where b.id = any (ids);
  end if;
  delete from waits w
   where w.waiter = object
     and not exists (select 1 from unnest(ids, kinds) b (id, kind) where b.id = w.waited and b.kind = w.kind);
  insert into waits (waiter, waited, kind, guessed)
  select object, b.id, b.kind, b.guessed from unnest(ids, kinds, guessed) b (id, kind, guessed)
  on conflict (waiter, waited, kind) do update set guessed = excluded.guessed where waits.guessed <> excluded.guessed;
  if ids <> '{}' then
    return query select 'wait', null::bigint, o.generation, o.version, null::double precision,
      (select array_agg(d.model || '/' || d.id order by d.id) from objects d where d.id = any (ids));
    return;
  end if;

  delay := extract(epoch from o.next_attempt_at - clock_timestamp()) * 1000;
  if delay > 0 then
    return query select 'wait', null::bigint, o.generation, o.version, delay, null::text[];
    return;
  end if;
  if o.deleted and not o.backend_need_delete then
    if confirm_unbegun(object) then
      return query select 'nothing', null::bigint, o.generation, o.version, null::double precision, null::text[];
      return;
    end if;
  end if;
  return query select case when o.deleted then 'delete' else 'sync' end, nextval('fence_tokens'), o.generation, o.version,
    null::double precision, null::text[];
end $$;

-- Prepare many, each in a transaction of its own, in one trip: [{id, decision, token, generation, version, wait_ms, waits_for}].
-- Without an answer for those that somebody else has held for longer than `patience`, as a large write does: nothing
-- else is to wait for that. Who holds one may hold all of them: so it is had once.
create or replace procedure prepare_each(objects bigint[], inout answers jsonb, patience text default '0') language plpgsql as $$
declare
  object bigint;
  answer record;
begin
  foreach object in array objects loop
    begin
      perform set_config('lock_timeout', patience, true);
      select object as id, p.* into answer from prepare(object) p;
    exception when lock_not_available then
      answer := null;
      patience := '20ms';
    end;
    commit;
    continue when answer is null;
    -- The waits are committed: who is the last of a circle to look finds it.
    if answer.waits_for is not null then
      perform break_guesses(object);
      commit;
    end if;
    answers := answers || to_jsonb(answer);
  end loop;
end $$;

-- A deleted object that no attempt ever began needs no deleteRecord, once its policies have heard of it. An attempt
-- may have begun since we looked: so lock first, then look.
create or replace function confirm_unbegun(object bigint) returns boolean language plpgsql volatile as $$
begin
  perform 1 from objects o where id = object and deleted and not backend_need_delete and not policed_behind(o) for update;
  if not found then
    return false;
  end if;
  perform confirm_deleted(object);
  return true;
end $$;
