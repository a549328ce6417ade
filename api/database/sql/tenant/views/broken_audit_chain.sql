-- Audit rows that do not follow from the row before them, or whose content is not what was hashed.
drop view if exists part_lens.broken_audit_chain;
create view part_lens.broken_audit_chain with (security_invoker = true) as
select yacht_id, sequence, hash, previous_hash
  from (
    select entry.*, part_lens.audit_hash(entry) as computed,
        lag(hash, 1, '') over chain as hash_before,
        lag(sequence, 1, 0::bigint) over chain as sequence_before
      from part_lens.pms_audit_log entry
      window chain as (partition by yacht_id order by sequence)
  ) linked
  where hash <> computed or previous_hash <> hash_before or sequence <> sequence_before + 1;
