-- Loads a yacht's inventory, for the migrator. payload: { parts: [{ external_id, name, part_number?, manufacturer?,
-- category?, department?, unit?, min_level?, reorder_multiple?, is_critical?, location?, quantity? }] }.
-- Known parts (by external_id) are brought up to date; a quantity opens the ledger of a part that has none, and
-- changes nothing later. Returns { parts, opened }. Parts are taken in one order, so that two imports at once wait for
-- each other; where an action makes a part's first stock meanwhile, that is its opening, and the import leaves it.
-- A large import is one of many calls on tables that grow meanwhile and have no statistics yet: what is laid out as
-- lateral lookups here would otherwise read the whole yacht in every call.
create or replace function part_lens.import_parts(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  yacht constant uuid := (scope ->> 'yacht_id')::uuid;
  loaded constant integer := coalesce(jsonb_array_length(payload -> 'parts'), 0);
  opened integer;
begin
  perform part_lens.enter(scope);
  insert into part_lens.pms_parts as known (
    yacht_id, external_id, name, part_number, manufacturer, category, department, unit, min_level,
    reorder_multiple, is_critical, location
  )
  select yacht, external_id, name, part_number, manufacturer, category, department, coalesce(unit, 'ea'),
      coalesce(min_level, 0), coalesce(reorder_multiple, 1), coalesce(is_critical, false), location
    from jsonb_populate_recordset(null::part_lens.pms_parts, payload -> 'parts')
    order by external_id
  on conflict (yacht_id, external_id) do update set
    name = excluded.name, part_number = excluded.part_number, manufacturer = excluded.manufacturer,
    category = excluded.category, department = excluded.department, unit = excluded.unit,
    min_level = excluded.min_level, reorder_multiple = excluded.reorder_multiple,
    is_critical = excluded.is_critical, location = excluded.location, updated_at = now()
  where (known.name, known.part_number, known.manufacturer, known.category, known.department, known.unit,
      known.min_level, known.reorder_multiple, known.is_critical, known.location)
    is distinct from (excluded.name, excluded.part_number, excluded.manufacturer, excluded.category,
      excluded.department, excluded.unit, excluded.min_level, excluded.reorder_multiple, excluded.is_critical,
      excluded.location);

  with opening as (
    select part.id as part_id, coalesce(nullif(part.location, ''), 'unassigned') as location, item.quantity
      from jsonb_to_recordset(payload -> 'parts') as item(external_id text, quantity numeric)
      cross join lateral (
        select known.id, known.location from part_lens.pms_parts known
          where known.yacht_id = yacht and known.external_id = item.external_id limit 1
      ) part
      where not exists (
        select from part_lens.pms_inventory_stock stock
          where stock.yacht_id = yacht and stock.part_id = part.id offset 0
      )
  ), stock as (
    insert into part_lens.pms_inventory_stock (yacht_id, part_id, location, quantity)
      select yacht, part_id, location, coalesce(quantity, 0) from opening order by part_id
      on conflict do nothing
      returning id, part_id, quantity
  )
  insert into part_lens.pms_inventory_transactions (
    yacht_id, part_id, stock_id, transaction_type, quantity_change, quantity_before, quantity_after, user_id,
    request_id
  )
  select yacht, part_id, id, 'opening', quantity, 0, quantity, (scope ->> 'user_id')::uuid, scope ->> 'request_id'
    from stock where quantity > 0;
  get diagnostics opened = row_count;

  insert into part_lens.pms_audit_log (
    yacht_id, action, actor, role, version, entity_type, entity_id, new_values, execution_id, request_id
  ) values (
    yacht, 'import_parts', (scope ->> 'user_id')::uuid, scope ->> 'role', 'import', 'yacht', yacht,
    jsonb_build_object('parts', loaded, 'opened', opened),
    coalesce((scope ->> 'execution_id')::uuid, gen_random_uuid()), scope ->> 'request_id'
  );
  return jsonb_build_object('parts', loaded, 'opened', opened);
end
$$;
