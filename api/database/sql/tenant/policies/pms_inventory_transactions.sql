alter table part_lens.pms_inventory_transactions enable row level security;
alter table part_lens.pms_inventory_transactions force row level security;

-- nullif: on a pooled connection the setting reads as '' after a transaction that had set it.
drop policy if exists own_yacht on part_lens.pms_inventory_transactions;
create policy own_yacht on part_lens.pms_inventory_transactions to part_lens_api
  using (yacht_id = (select nullif(current_setting('app.yacht_id', true), '')::uuid))
  with check (yacht_id = (select nullif(current_setting('app.yacht_id', true), '')::uuid));

drop policy if exists migrator on part_lens.pms_inventory_transactions;
create policy migrator on part_lens.pms_inventory_transactions to part_lens_migrator using (true) with check (true);

drop policy if exists auditor on part_lens.pms_inventory_transactions;
create policy auditor on part_lens.pms_inventory_transactions for select to part_lens_auditor using (true);
