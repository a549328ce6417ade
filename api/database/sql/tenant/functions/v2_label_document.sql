-- Where a label document is, before anything is sent. payload: { action, object_id } → the object.
create or replace function part_lens.v2_label_document(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
begin
  perform part_lens.enter(scope);
  perform part_lens.check_key(scope, payload ->> 'action');
  return part_lens.object_json(part_lens.find_label_document(scope, payload));
end
$$;
