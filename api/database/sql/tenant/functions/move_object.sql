-- Brings an object to another state and returns it. The row must be locked by the caller.
create or replace function part_lens.move_object(object part_lens.storage_objects, new_state text)
returns part_lens.storage_objects
language plpgsql volatile security invoker
as $$
declare
  moved part_lens.storage_objects;
begin
  update part_lens.storage_objects
    set state = new_state,
      confirmed_at = case when new_state = 'confirmed' then now() else confirmed_at end
    where id = object.id
    returning * into moved;
  return moved;
end
$$;
