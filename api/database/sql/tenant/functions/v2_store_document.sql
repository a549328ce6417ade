-- Ends an action that has stored a document: takes the key, confirms the row, writes the audit row under the action's
-- name, all or nothing. payload: { action, object_id, result } → the result with the document's own fields.
create or replace function part_lens.v2_store_document(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  object part_lens.storage_objects;
begin
  perform part_lens.enter(scope);
  perform part_lens.begin_action(scope, payload ->> 'action');
  object := part_lens.move_object(part_lens.lock_object(scope, payload), 'confirmed');
  return part_lens.finish_object_action(scope, payload ->> 'action', object, 'registered',
    coalesce(payload -> 'result', '{}') || jsonb_build_object('document_id', object.id, 'bucket', object.bucket,
      'key', object.key, 'size_bytes', object.size_bytes, 'mime_type', object.mime_type, 'sha256', object.sha256));
end
$$;
