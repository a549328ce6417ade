-- payload: see register_object. → the object.
create or replace function part_lens.v2_register_object(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  object part_lens.storage_objects;
begin
  perform part_lens.enter(scope);
  perform part_lens.begin_action(scope, 'register_object');
  object := part_lens.register_object(scope, payload);
  return part_lens.finish_object_action(scope, 'register_object', object, null, part_lens.object_json(object));
end
$$;
