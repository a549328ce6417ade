-- Writes the row of a document that the API is about to store itself. payload: see register_object; → the object.
-- No audit row and no key: both belong to the action that stores it, see v2_store_document.
create or replace function part_lens.v2_open_document(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
begin
  perform part_lens.enter(scope);
  perform part_lens.check_key(scope, payload ->> 'action');
  return part_lens.object_json(part_lens.register_object(scope, payload));
end
$$;
