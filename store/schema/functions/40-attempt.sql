-- Forget what relays have claimed of an object: an attempt is there now, and loads what all of it was about.
create or replace function forget_told(object bigint) returns void language sql volatile as $$
  delete from outbox where kind = 'object' and object_id = object and claimed_until > clock_timestamp()
$$;

-- Begin an attempt: take the lease, close what a dead worker left open, and write down what the back end may use.
-- Refused while another may hold the object. This is to be committed before the object is loaded.
-- Policies never touch the back end: their attempts leave nothing there to be deleted, and use nothing.
create or replace function begin_attempt(object bigint, my_token bigint, my_attempt integer, its_kind text, lease_ms bigint,
                                         my_worker text)
returns table (answer text, id bigint, number integer, failures integer, lost_before boolean)
language plpgsql volatile set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
#variable_conflict use_column
declare
  o objects;
  my_id bigint;
  my_number integer;
  was_lost boolean;
  lost boolean;
  was_empty boolean;
begin
  -- Nobody was ever handed this token: it came by way of a Temporal that others write into, or from before a restore.
  -- It would fence off all that come after it.
  if my_token > (select last_value from fence_tokens) then
    return query select 'fenced', null::bigint, null::integer, null::integer, null::boolean;
    return;
  end if;
  -- Locked: what it was before is what this attempt finds.
  select outcome_code = 'worker-lost', not backend_need_delete into was_lost, was_empty
    from objects where id = object for no key update;
  update objects
     set fence = my_token, fence_attempt = my_attempt,
         lease_until = clock_timestamp() + lease_ms * interval '1 millisecond',
         backend_need_delete = backend_need_delete or not (its_kind = 'police' or deleted or pretends(objects))
   where id = object and (fence, fence_attempt) < (my_token, my_attempt)
     and (lease_until is null or lease_until < clock_timestamp())
  returning * into o;
  if not found then
    return query
      select coalesce((select case when (fence, fence_attempt) >= (my_token, my_attempt) then 'fenced' else 'leased' end
                         from objects where id = object), 'gone'), null::bigint, null::integer, null::integer, null::boolean;
    return;
  end if;

  perform forget_told(object);

  update attempts
     set finished = clock_timestamp(), outcome = 'failed', code = 'worker-lost',
         text = 'worker lost: ' || worker || ' stopped reporting in the middle of this attempt'
   where object_id = object and finished is null;
  lost := found;
  if lost then
    update objects
       set failures = failures + 1, outcome = 'failed', outcome_generation = generation, outcome_code = 'worker-lost',
           outcome_text = 'worker lost in the middle of the last attempt', outcome_at = clock_timestamp()
     where id = object returning * into o;
  end if;

  -- By goal, before the object is loaded: what is missed here, the load sees, and does not go on.
  insert into held (src, dst)
  select object, d.id from dependencies_of(object) d where its_kind <> 'police' and not o.deleted and not pretends(o)
  on conflict do nothing;

  select coalesce(max(number), 0) + 1 into my_number from attempts where object_id = object;
  insert into attempts (object_id, number, token, attempt, kind, generation, worker, opened)
  values (object, my_number, my_token, my_attempt, its_kind, o.generation, my_worker, was_empty and o.backend_need_delete)
  returning id into my_id;
  delete from attempts where object_id = object and number <= my_number - 20;
  return query select case when lost then 'lost' else 'begun' end, my_id, my_number, o.failures, coalesce(was_lost, false);
end $$;

-- Load an object for its attempt, with the same decision as prepare's, all in one snapshot.
create or replace function load_attempt(object bigint)
returns table (decision text, model text, declarative jsonb, feedback jsonb, version bigint, generation bigint,
               failures integer, used bigint[], pretending boolean, superseded integer,
               policed bigint, deleted boolean, depth integer)
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
#variable_conflict use_column
begin
  return query select case
           when not has_work(o) or o.backend_need_reap or at_rest(o) then 'nothing'
           when policed_behind(o) then 'police'
           when not is_evaluated(o) then 'evaluate'
           when exists (select 1 from blockers(o)) then 'wait'
           when o.deleted then 'delete'
           -- Re-pointed since the attempt began: it would use what it has not said that it uses, and what nothing
           -- then keeps from being deleted. Its next one says so.
           when not pretends(o)
                and exists (select d.id from dependencies_of(o.id) d except select dst from held where src = o.id) then 'wait'
           -- It pretended when the attempt began: nobody has written down that something may be in the back end now.
           when not pretends(o) and not o.backend_need_delete then 'wait'
           else 'sync'
         end,
         o.model, o.declarative, o.feedback, o.version, o.generation, o.failures,
         coalesce((select array_agg(d.id) from dependencies_of(o.id) d), '{}'),
         pretends(o),
         -- How many attempts in a row a newer goal has ended.
         (select count(*)::integer from attempts a
           where a.object_id = o.id and a.outcome = 'superseded'
             and a.number > coalesce((select max(b.number) from attempts b where b.object_id = o.id
                                         and b.finished is not null and b.outcome <> 'superseded'), 0)),
         o.policed, o.deleted, o.depth
    from objects o where o.id = object;
end $$;

-- Begin an attempt and load its object, in one trip: what was begun is committed before that is looked at.
create or replace procedure take_up(object bigint, my_token bigint, my_attempt integer, its_kind text, lease_ms bigint,
                                    my_worker text, inout begun jsonb, inout loaded jsonb) language plpgsql as $$
begin
  select to_jsonb(b) into begun from begin_attempt(object, my_token, my_attempt, its_kind, lease_ms, my_worker) b;
  commit;
  if begun ->> 'answer' in ('begun', 'lost') then
    select to_jsonb(l) into loaded from load_attempt(object) l;
  end if;
end $$;

-- Prolong the lease of an attempt, and hear whether it should go on. No row: it holds the object no longer.
create or replace function renew_lease(object bigint, my_token bigint, my_attempt integer, lease_ms bigint)
returns table (version bigint, generation bigint, deleted boolean, resting boolean) language sql volatile as $$
  update objects o set lease_until = clock_timestamp() + lease_ms * interval '1 millisecond'
   where o.id = object and o.fence = my_token and o.fence_attempt = my_attempt and o.lease_until is not null
  returning o.version, o.generation, o.deleted, is_stopped(o)
$$;

-- Store feedback in the middle of an attempt. False: the attempt holds the object no longer; the value is kept with it.
create or replace function record_feedback(object bigint, my_token bigint, my_attempt integer, value jsonb)
returns boolean language plpgsql volatile as $$
begin
  update objects set feedback = feedback || value, updated = now()
   where id = object and fence = my_token and fence_attempt = my_attempt and lease_until > clock_timestamp();
  if found then
    return true;
  end if;
  update attempts set text = concat_ws(e'\n', text, 'feedback that came too late: ' || value::text)
   where object_id = object and token = my_token and attempt = my_attempt;
  return false;
end $$;

create or replace function close_attempt(object bigint, my_token bigint, my_attempt integer, of_generation bigint,
                                         how text, its_code text, its_text text, its_summary text)
returns void language sql volatile as $$
  update attempts
     set finished = clock_timestamp(), generation = of_generation, outcome = how, code = its_code,
         text = concat_ws(e'\n', text, its_text), summary = its_summary
   where object_id = object and token = my_token and attempt = my_attempt and finished is null
$$;

-- Keep what an attempt has logged, whatever came of it.
create or replace function keep_log(object bigint, its_token bigint, its_attempt integer, lines text) returns void language plpgsql volatile as $$
begin
  update attempts set log = lines where object_id = object and token = its_token and attempt = its_attempt;
end $$;

-- Record success. First the object, then, in later statements, whoever waited for it.
create or replace function record_synced(object bigint, my_token bigint, my_attempt integer, of_generation bigint,
                                         value jsonb, uses bigint[], its_summary text)
returns text language plpgsql volatile set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  o objects;
begin
  update objects
     set enacted = of_generation, feedback = feedback || value, failures = 0, next_attempt_at = null, lease_until = null,
         resync_at = now() + resync_delay(model),
         outcome = 'synced', outcome_generation = of_generation, outcome_code = null, outcome_text = its_summary,
         outcome_at = clock_timestamp()
   where id = object and fence = my_token and fence_attempt = my_attempt
  returning * into o;
  if not found then
    perform close_attempt(object, my_token, my_attempt, of_generation, 'superseded', 'stale',
                          'finished after its lease had passed to another attempt; nothing of it was recorded', its_summary);
    return 'stale';
  end if;
  delete from held where src = object and dst <> all (uses);
  perform release_waiters(object);
  perform close_attempt(object, my_token, my_attempt, of_generation, 'synced', null, null, its_summary);
  insert into events (kind, model, object_id, detail)
  values ('synced', o.model, object, jsonb_build_object('generation', of_generation));
  return case when has_work(o) then 'again' else 'done' end;
end $$;

-- Record that an object was pretended: to others that pretend, it is there now.
create or replace function record_pretended(object bigint, my_token bigint, my_attempt integer, of_generation bigint, its_summary text)
returns text language plpgsql volatile as $$
declare
  o objects;
begin
  update objects
     set pretended = of_generation, failures = 0, next_attempt_at = null, lease_until = null, outcome = 'pretended',
         outcome_generation = of_generation, outcome_code = null, outcome_text = its_summary, outcome_at = clock_timestamp()
   where id = object and fence = my_token and fence_attempt = my_attempt
  returning * into o;
  perform close_attempt(object, my_token, my_attempt, of_generation, case when o.id is null then 'superseded' else 'pretended' end,
                        null, null, its_summary);
  if o.id is null then
    return 'stale';
  end if;
  -- In a later statement, as with success; only those that pretend are let go.
  with ended as (
    delete from waits w using objects x
     where w.waited = object and x.id = w.waiter and pretends(x) and o.pretended = o.generation
    returning w.waiter
  )
  insert into outbox (object_id, reason, cause) select distinct waiter, 'dependency', object from ended;
  if found then
    perform pg_notify('accord_outbox', '');
  end if;
  return case when o.generation > of_generation then 'again' else 'done' end;
end $$;

-- Record that the back end has confirmed the deletion.
create or replace function record_deleted(object bigint, my_token bigint, my_attempt integer, of_generation bigint, its_summary text)
returns text language plpgsql volatile as $$
begin
  perform 1 from objects where id = object and fence = my_token and fence_attempt = my_attempt and deleted for update;
  if not found then
    perform close_attempt(object, my_token, my_attempt, of_generation, 'superseded', 'stale',
                          'finished after its lease had passed to another attempt; nothing of it was recorded', its_summary);
    return 'stale';
  end if;
  perform close_attempt(object, my_token, my_attempt, of_generation, 'synced', null, null, its_summary);
  insert into events (kind, model, object_id) select 'deleted from the back end', model, id from objects where id = object;
  perform confirm_deleted(object);
  return 'done';
end $$;

-- Record an attempt that did not succeed. Its delay counts only while the goal is the one that it was about.
-- One that did not get as far as to touch the back end leaves nothing there to be deleted.
create or replace function record_unfinished(object bigint, my_token bigint, my_attempt integer, of_version bigint,
                                             of_generation bigint, how text, its_code text, its_text text,
                                             shown text, delay_ms double precision, its_summary text, touched boolean)
returns text language plpgsql volatile as $$
declare
  o objects;
begin
  update objects
     set lease_until = null,
         backend_need_delete = backend_need_delete and (touched or not coalesce(
           (select opened from attempts where object_id = object and token = my_token and attempt = my_attempt), false)),
         failures = failures + case when how = 'failed' and version = of_version then 1 else 0 end,
         next_attempt_at = case when generation = of_generation and delay_ms is not null
                                then clock_timestamp() + delay_ms * interval '1 millisecond' end,
         outcome = how, outcome_generation = of_generation, outcome_code = its_code, outcome_text = shown,
         outcome_at = clock_timestamp()
   where id = object and fence = my_token and fence_attempt = my_attempt
  returning * into o;
  if not found then
    perform close_attempt(object, my_token, my_attempt, of_generation, 'superseded', 'stale', its_text, its_summary);
    return 'stale';
  end if;
  perform close_attempt(object, my_token, my_attempt, of_generation, how, its_code, its_text, its_summary);
  if how in ('failed', 'stalled') then
    insert into events (kind, model, object_id, detail)
    values (how, o.model, object, jsonb_build_object('generation', of_generation, 'text', shown));
  end if;
  return case when o.generation > of_generation then 'again' else 'done' end;
end $$;

-- Give an attempt back before it did anything: something else is due, or the object is to be put off. Was nothing in the
-- back end before it, then nothing is, and nothing there is used: who waits to be deleted for that is let go.
create or replace function abandon_attempt(object bigint, my_token bigint, my_attempt integer, delay_ms double precision)
returns void language plpgsql volatile as $$
declare
  has_opened boolean;
begin
  select opened into has_opened from attempts
   where object_id = object and token = my_token and attempt = my_attempt and finished is null;
  update objects
     set lease_until = null, backend_need_delete = backend_need_delete and not coalesce(has_opened, false),
         next_attempt_at = coalesce(clock_timestamp() + delay_ms * interval '1 millisecond', next_attempt_at)
   where id = object and fence = my_token and fence_attempt = my_attempt;
  if found and has_opened then
    delete from held where src = object;
    perform release_waiters(object);
  end if;
  delete from attempts where object_id = object and token = my_token and attempt = my_attempt and finished is null;
end $$;
