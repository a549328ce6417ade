-- find_object, with the row locked: of two that change the same object the second waits, and then finds what the
-- first has made of it.
create or replace function part_lens.lock_object(scope jsonb, payload jsonb) returns part_lens.storage_objects
language plpgsql volatile security invoker
as $$
begin
  perform from part_lens.storage_objects where id = (payload ->> 'object_id')::uuid for update;
  return part_lens.find_object(scope, payload);
end
$$;
