-- Idempotency keys that a yacht has more than once. The primary key forbids them; this looks whether it held.
drop view if exists part_lens.duplicate_keys;
create view part_lens.duplicate_keys with (security_invoker = true) as
select yacht_id, key, count(*) as uses
  from part_lens.pms_idempotency_keys
  group by yacht_id, key
  having count(*) > 1;
