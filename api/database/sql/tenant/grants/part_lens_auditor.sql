-- The jobs that look: reconciliation, audit review, acceptance.
revoke all on all tables in schema part_lens from part_lens_auditor;
grant usage on schema part_lens to part_lens_auditor;
grant select on all tables in schema part_lens to part_lens_auditor;
grant execute on function part_lens.audit_hash(part_lens.pms_audit_log), part_lens.is_evidence(jsonb)
  to part_lens_auditor;
