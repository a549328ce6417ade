-- payload: { object_id } → the object.
create or replace function part_lens.v2_view_object(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
begin
  perform part_lens.enter(scope);
  return part_lens.object_json(part_lens.find_object(scope, payload));
end
$$;
