-- Writes the row of an object before its bytes. payload: { part_id, bucket, key, size_bytes, mime_type, sha256 }.
-- PL001 for a part this yacht does not have, PL012 for a key that was used before (DETAIL: object_id and state).
create or replace function part_lens.register_object(scope jsonb, payload jsonb) returns part_lens.storage_objects
language plpgsql volatile security invoker
as $$
declare
  part part_lens.pms_parts;
  object part_lens.storage_objects;
begin
  part := part_lens.find_part(scope, payload);
  insert into part_lens.storage_objects
    (id, yacht_id, part_id, bucket, key, size_bytes, mime_type, sha256, created_by)
    values (
      part_lens.new_object_id(part.yacht_id), part.yacht_id, part.id, payload ->> 'bucket', payload ->> 'key',
      (payload ->> 'size_bytes')::bigint, payload ->> 'mime_type', payload ->> 'sha256', (scope ->> 'user_id')::uuid
    )
    on conflict (bucket, key) do nothing
    returning * into object;
  if not found then
    select * into object from part_lens.storage_objects
      where bucket = payload ->> 'bucket' and key = payload ->> 'key';
    raise exception using errcode = 'PL012', message = 'object_exists',
      detail = jsonb_build_object('object_id', object.id, 'state', object.state)::text;
  end if;
  return object;
end
$$;
