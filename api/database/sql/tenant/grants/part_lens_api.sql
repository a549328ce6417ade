-- The API's role: what its actions need and nothing else. It owns nothing, deletes nothing, and cannot change the
-- ledger or the audit log.
revoke all on all tables in schema part_lens from part_lens_api;
revoke all on all functions in schema part_lens from part_lens_api;

grant usage on schema part_lens to part_lens_api;
grant select on part_lens.pms_parts, part_lens.on_hand to part_lens_api;
grant select, insert, update (quantity, updated_at) on part_lens.pms_inventory_stock to part_lens_api;
grant select, insert on part_lens.pms_inventory_transactions, part_lens.pms_audit_log to part_lens_api;
grant select, insert, update (status, result) on part_lens.pms_idempotency_keys to part_lens_api;
grant select, insert on part_lens.pms_shopping_list_items, part_lens.pms_part_usage to part_lens_api;
grant select, insert, update (state, confirmed_at, swept_at) on part_lens.storage_objects to part_lens_api;
grant execute on all functions in schema part_lens to part_lens_api;
revoke execute on function part_lens.import_parts(jsonb, jsonb), part_lens.repair_cache(jsonb, jsonb)
  from part_lens_api;
