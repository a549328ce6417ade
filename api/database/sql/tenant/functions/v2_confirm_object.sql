-- Says that what was uploaded is what was registered. payload: { object_id } → the object; twice is once.
create or replace function part_lens.v2_confirm_object(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  object part_lens.storage_objects;
begin
  perform part_lens.enter(scope);
  object := part_lens.lock_object(scope, payload);
  if object.state = 'confirmed' then
    return part_lens.object_json(object);
  end if;
  object := part_lens.move_object(object, 'confirmed');
  return part_lens.finish_object_action(
    scope, 'confirm_object', object, 'registered', part_lens.object_json(object));
end
$$;
