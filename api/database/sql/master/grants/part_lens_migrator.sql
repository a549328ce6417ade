grant usage on schema part_lens to part_lens_migrator;
grant execute on function
  part_lens.sync_fleet(jsonb),
  part_lens.add_members(jsonb),
  part_lens.enrol_signer(uuid, text, text),
  part_lens.tenants(),
  part_lens.route(uuid, uuid),
  part_lens.yacht_home(uuid),
  part_lens.tenant_moves(),
  part_lens.step_tenant_move(text, text, text)
  to part_lens_migrator;
