-- Records that a label document was handed out. payload: { object_id, output, output_state }. The signed URL is no part of
-- the result that is kept: it is a credential.
create or replace function part_lens.v2_request_label_output(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  object part_lens.storage_objects;
  told jsonb;
begin
  perform part_lens.enter(scope);
  perform part_lens.begin_action(scope, 'request_label_output');
  object := part_lens.find_label_document(scope, payload);
  told := jsonb_build_object('document_id', object.id, 'output', payload -> 'output',
    'output_state', payload -> 'output_state');
  return part_lens.finish_action(scope, 'request_label_output', object.part_id, '{}', told, told);
end
$$;
