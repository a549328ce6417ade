-- The registered and confirmed objects, newest first. payload: { bucket?, part_id?, limit, after? { created_at,
-- object_id } } → { objects, after? }: `after` is the place of the last one, when there are more.
create or replace function part_lens.v2_list_objects(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  most constant int := (payload ->> 'limit')::int;
  found_objects jsonb;
  last_object jsonb;
begin
  perform part_lens.enter(scope);
  select coalesce(jsonb_agg(part_lens.object_json(page)), '[]') into found_objects from (
    select * from part_lens.storage_objects
      where state in ('registered', 'confirmed')
        and (payload ->> 'bucket' is null or bucket = payload ->> 'bucket')
        and (payload ->> 'part_id' is null or part_id = (payload ->> 'part_id')::uuid)
        and (payload -> 'after' is null
          or (created_at, id)
            < ((payload #>> '{after,created_at}')::timestamptz, (payload #>> '{after,object_id}')::uuid))
      order by created_at desc, id desc
      limit most + 1
  ) page;
  if jsonb_array_length(found_objects) <= most then
    return jsonb_build_object('objects', found_objects);
  end if;
  last_object := found_objects -> (most - 1);
  return jsonb_build_object('objects', found_objects - most, 'after',
    jsonb_build_object('created_at', last_object -> 'created_at', 'object_id', last_object -> 'object_id'));
end
$$;
