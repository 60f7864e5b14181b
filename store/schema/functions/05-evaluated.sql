-- Does the step of this model say itself what its objects depend on (`dependsOn`)?
create or replace function evaluates(its_model text) returns boolean language plpgsql stable as $$
begin
  return coalesce((select (m.traits -> 'dependsOn')::boolean from models m where m.name = its_model), false);
end $$;

-- Are the edges that it named those of the goal as it is now?
create or replace function is_evaluated(o objects) returns boolean language sql stable as $$
  select o.deleted or coalesce(o.evaluated >= o.generation, false) or not evaluates(o.model)
$$;
