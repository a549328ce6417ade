-- The object of that id, when it is registered or confirmed. The id alone is asked for: whether it is this yacht's is
-- for the row policy to say, the first storage guard. Raises as refuse_object does.
create or replace function part_lens.find_object(scope jsonb, payload jsonb) returns part_lens.storage_objects
language plpgsql volatile security invoker
as $$
declare
  object part_lens.storage_objects;
  mark constant text := part_lens.object_mark((scope ->> 'yacht_id')::uuid);
begin
  select * into object from part_lens.storage_objects
    where id = (payload ->> 'object_id')::uuid and state in ('registered', 'confirmed');
  if not found then
    perform part_lens.refuse_object(starts_with(replace(payload ->> 'object_id', '-', ''), mark));
  end if;
  return object;
end
$$;
