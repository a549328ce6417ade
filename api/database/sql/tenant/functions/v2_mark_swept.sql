-- Notes that the bytes of an object that v2_take_stale_objects gave are gone for good. payload: { object_id } → {}.
create or replace function part_lens.v2_mark_swept(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
begin
  perform part_lens.enter(scope);
  update part_lens.storage_objects set swept_at = now()
    where id = (payload ->> 'object_id')::uuid and state in ('rejected', 'deleted');
  return '{}';
end
$$;
