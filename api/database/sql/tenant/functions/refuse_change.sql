-- Ledger and audit log are append-only for everybody, their owner too.
create or replace function part_lens.refuse_change() returns trigger
language plpgsql volatile security invoker
as $$
begin
  raise exception using
    errcode = 'PL008',
    message = format('%s is append-only: %s refused', tg_table_name, lower(tg_op));
end
$$;

create or replace trigger refuse_change before update or delete on part_lens.pms_inventory_transactions
  for each row execute function part_lens.refuse_change();
create or replace trigger refuse_truncate before truncate on part_lens.pms_inventory_transactions
  for each statement execute function part_lens.refuse_change();
create or replace trigger refuse_change before update or delete on part_lens.pms_audit_log
  for each row execute function part_lens.refuse_change();
create or replace trigger refuse_truncate before truncate on part_lens.pms_audit_log
  for each statement execute function part_lens.refuse_change();
