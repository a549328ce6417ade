-- payload: { object_id } → the object, whose state is deleted. Its bytes are gone already.
create or replace function part_lens.v2_delete_object(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  before part_lens.storage_objects;
  object part_lens.storage_objects;
begin
  perform part_lens.enter(scope);
  before := part_lens.lock_object(scope, payload);
  object := part_lens.move_object(before, 'deleted');
  return part_lens.finish_object_action(
    scope, 'delete_object', object, before.state, part_lens.object_json(object));
end
$$;
