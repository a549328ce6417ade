-- The stored label PDF of that id: payload { object_id }. Raises as find_object does; an object that is no finished
-- label document is not found either (PL011).
create or replace function part_lens.find_label_document(scope jsonb, payload jsonb)
  returns part_lens.storage_objects
language plpgsql volatile security invoker
as $$
declare
  object part_lens.storage_objects := part_lens.find_object(scope, payload);
begin
  if object.bucket <> 'pms-label-pdfs' or object.state <> 'confirmed' then
    raise exception using errcode = 'PL011', message = 'object_not_found';
  end if;
  return object;
end
$$;
