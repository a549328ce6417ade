-- Gives up an upload that is not what was registered. payload: { object_id } → the object. One that is confirmed
-- stays: PL011.
create or replace function part_lens.v2_reject_object(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  object part_lens.storage_objects;
begin
  perform part_lens.enter(scope);
  object := part_lens.lock_object(scope, payload);
  if object.state = 'confirmed' then
    perform part_lens.refuse_object(true);
  end if;
  object := part_lens.move_object(object, 'rejected');
  return part_lens.finish_object_action(
    scope, 'reject_object', object, 'registered', part_lens.object_json(object));
end
$$;
