-- Gives a new audit row its place in the yacht's chain. One writer of a yacht at a time: the lock is taken last in
-- every action and held until its transaction ends, so it cannot deadlock with the locks on parts and stock rows.
create or replace function part_lens.chain_audit() returns trigger
language plpgsql volatile security invoker
as $$
declare
  last_row record;
begin
  perform pg_advisory_xact_lock(hashtextextended('part_lens.pms_audit_log/' || new.yacht_id, 0));
  select sequence, hash into last_row from part_lens.pms_audit_log
    where yacht_id = new.yacht_id order by sequence desc limit 1;
  new.sequence := coalesce(last_row.sequence, 0) + 1;
  new.happened_at := clock_timestamp();
  new.previous_hash := coalesce(last_row.hash, '');
  new.hash := part_lens.audit_hash(new);
  return new;
end
$$;

create or replace trigger chain_audit before insert on part_lens.pms_audit_log
  for each row execute function part_lens.chain_audit();
