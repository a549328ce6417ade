-- Executions of signed actions by v2 without verified evidence. v1's unsigned adjusts are legitimate.
drop view if exists part_lens.signed_without_evidence;
create view part_lens.signed_without_evidence with (security_invoker = true) as
select yacht_id, sequence, happened_at, action, actor, role, entity_id, execution_id, signature
  from part_lens.pms_audit_log
  where version = 'v2'
    and action in ('adjust_stock_quantity', 'write_off_part')
    and not part_lens.is_evidence(signature);
