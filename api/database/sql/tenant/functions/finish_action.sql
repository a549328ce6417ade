-- Writes the audit row and the key's result, and returns the result with yacht and execution id; is_signed with a
-- signed action's, so that a repeated request is told the same.
create or replace function part_lens.finish_action(
  scope jsonb, action_name text, part_id uuid, old_values jsonb, new_values jsonb, result jsonb
) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  yacht constant uuid := (scope ->> 'yacht_id')::uuid;
  execution constant uuid := coalesce((scope ->> 'execution_id')::uuid, gen_random_uuid());
  full_result constant jsonb := result
    || jsonb_build_object('yacht_id', yacht, 'part_id', part_id, 'execution_id', execution)
    || case when part_lens.is_evidence(scope -> 'signature') then '{"is_signed": true}' else '{}' end::jsonb;
begin
  insert into part_lens.pms_audit_log (
    yacht_id, action, actor, role, version, entity_type, entity_id, old_values, new_values, signature,
    execution_id, request_id
  ) values (
    yacht, action_name, (scope ->> 'user_id')::uuid, scope ->> 'role', scope ->> 'version', 'part', part_id,
    old_values, new_values, coalesce(scope -> 'signature', '{}'), execution, scope ->> 'request_id'
  );
  update part_lens.pms_idempotency_keys set status = 'done', result = full_result
    where yacht_id = yacht and key = scope ->> 'idempotency_key';
  return full_result;
end
$$;
