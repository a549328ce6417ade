grant usage on schema part_lens to part_lens_migrator;
grant execute on function
  part_lens.sync_fleet(jsonb),
  part_lens.add_members(jsonb),
  part_lens.enrol_signer(uuid, text, text),
  part_lens.tenants(),
  part_lens.yacht_home(uuid)
  to part_lens_migrator;
