-- Take a place of a limit: counted leases over all workers (design 3.5, slots). True when there was one.
-- Who holds a place already keeps it. A place ends with the attempt, or with its lease when the worker is gone.
create or replace function take_place(its_name text, object bigint, most integer, per_second double precision, lease_ms bigint,
                                      my_token bigint default 0, my_attempt integer default 0)
returns boolean language plpgsql volatile as $$
declare
  taken integer;
  refilled double precision;
begin
  -- Two that ask at once take turns, so that they never count the same free place.
  perform pg_advisory_xact_lock(1634, hashtext(its_name));
  delete from places where name = its_name and until < clock_timestamp();
  select count(*) into taken from places where name = its_name and object_id <> object;
  if most is not null and taken >= most then
    return false;
  end if;
  if per_second is not null then
    insert into rates (name, tokens, at) values (its_name, per_second, clock_timestamp()) on conflict do nothing;
    update rates
       set tokens = least(greatest(per_second, 1), tokens + per_second * extract(epoch from clock_timestamp() - at)),
           at = clock_timestamp()
     where name = its_name returning tokens into refilled;
    if refilled < 1 then
      return false;
    end if;
    update rates set tokens = tokens - 1 where name = its_name;
  end if;
  insert into places (name, object_id, until, token, attempt)
  values (its_name, object, clock_timestamp() + lease_ms * interval '1 millisecond', my_token, my_attempt)
  on conflict (name, object_id) do update
    set until = excluded.until, token = excluded.token, attempt = excluded.attempt;
  return true;
end $$;
