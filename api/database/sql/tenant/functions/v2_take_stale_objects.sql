-- What the sweep has to remove, oldest first: objects older than that which nobody confirmed, rejected here, so that
-- nobody confirms them any more; and what an upload URL may have brought back after a rejection or a deletion.
-- payload: { older_than_seconds, limit } → { objects }.
create or replace function part_lens.v2_take_stale_objects(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  object part_lens.storage_objects;
  taken jsonb := '[]';
begin
  perform part_lens.enter(scope);
  for object in
    select * from part_lens.storage_objects
      where swept_at is null and state <> 'confirmed'
        and created_at < now() - (payload ->> 'older_than_seconds')::int * interval '1 second'
      order by created_at
      limit (payload ->> 'limit')::int
      for update skip locked
  loop
    if object.state = 'registered' then
      object := part_lens.move_object(object, 'rejected');
      perform part_lens.finish_object_action(scope, 'sweep_object', object, 'registered', '{}');
    end if;
    taken := taken || part_lens.object_json(object);
  end loop;
  return jsonb_build_object('objects', taken);
end
$$;
