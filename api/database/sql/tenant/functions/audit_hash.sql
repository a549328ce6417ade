-- The hash of an audit row: its fields in a fixed order, the previous row's hash among them.
create or replace function part_lens.audit_hash(entry part_lens.pms_audit_log) returns text
language sql stable security invoker
as $$
  select encode(sha256(convert_to(jsonb_build_array(
    entry.yacht_id, entry.sequence, extract(epoch from entry.happened_at)::text, entry.action, entry.actor,
    entry.role, entry.version, entry.entity_type, entry.entity_id, entry.old_values, entry.new_values,
    entry.signature, entry.execution_id, entry.request_id, entry.previous_hash
  )::text, 'UTF8')), 'hex')
$$;
