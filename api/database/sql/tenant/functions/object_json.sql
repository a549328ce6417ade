-- An object as it is told.
create or replace function part_lens.object_json(object part_lens.storage_objects) returns jsonb
language sql stable security invoker
as $$
  select jsonb_build_object(
    'object_id', object.id, 'yacht_id', object.yacht_id, 'part_id', object.part_id, 'bucket', object.bucket,
    'key', object.key, 'size_bytes', object.size_bytes, 'mime_type', object.mime_type, 'sha256', object.sha256,
    'state', object.state, 'created_by', object.created_by, 'created_at', object.created_at,
    'confirmed_at', object.confirmed_at
  )
$$;
