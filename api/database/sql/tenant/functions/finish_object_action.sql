-- Ends a change of an object: audit row, key's result. The audit row's entity is the part that the object shows.
create or replace function part_lens.finish_object_action(
  scope jsonb, action_name text, object part_lens.storage_objects, old_state text, result jsonb
) returns jsonb
language plpgsql volatile security invoker
as $$
begin
  return part_lens.finish_action(scope, action_name, object.part_id,
    case when old_state is null then '{}' else jsonb_build_object('state', old_state) end,
    jsonb_build_object('object_id', object.id, 'bucket', object.bucket, 'key', object.key, 'state', object.state,
      'sha256', object.sha256),
    result);
end
$$;
