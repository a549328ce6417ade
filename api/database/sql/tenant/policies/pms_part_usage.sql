alter table part_lens.pms_part_usage enable row level security;
alter table part_lens.pms_part_usage force row level security;

-- nullif: on a pooled connection the setting reads as '' after a transaction that had set it.
drop policy if exists own_yacht on part_lens.pms_part_usage;
create policy own_yacht on part_lens.pms_part_usage to part_lens_api
  using (yacht_id = (select nullif(current_setting('app.yacht_id', true), '')::uuid))
  with check (yacht_id = (select nullif(current_setting('app.yacht_id', true), '')::uuid));

drop policy if exists migrator on part_lens.pms_part_usage;
create policy migrator on part_lens.pms_part_usage to part_lens_migrator using (true) with check (true);

drop policy if exists auditor on part_lens.pms_part_usage;
create policy auditor on part_lens.pms_part_usage for select to part_lens_auditor using (true);
