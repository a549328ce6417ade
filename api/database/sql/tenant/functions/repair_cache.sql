-- Sets the cache of a part's stock rows to the sums of their ledger, for the migrator: an operator's repair.
-- payload: { part_id, reason }. The ledger is not touched. The part and its rows are locked as in lock_stock, deactivated
-- ones too, before the ledger is summed. What was repaired is one audit row; its signature says by which database
-- role, why and for which payload. PL001 for a part that the yacht does not have, 22023 without a reason.
-- Returns { yacht_id, part_id, execution_id, repaired: [{ stock_id, location, cached, total }] }; nothing to repair
-- leaves no trace, so twice is once.
create or replace function part_lens.repair_cache(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  yacht constant uuid := (scope ->> 'yacht_id')::uuid;
  execution constant uuid := gen_random_uuid();
  part part_lens.pms_parts;
  repaired jsonb;
begin
  perform part_lens.enter(scope);
  if coalesce(trim(payload ->> 'reason'), '') = '' then
    raise exception using errcode = '22023', message = 'a repair needs a reason';
  end if;
  part := part_lens.find_part(scope, payload);
  perform part_lens.lock_part(part);
  perform from part_lens.pms_inventory_stock
    where yacht_id = yacht and part_id = part.id order by id for update;
  select jsonb_agg(jsonb_build_object('stock_id', stock.id, 'location', stock.location,
      'cached', trim_scale(stock.quantity), 'total', trim_scale(part_lens.held_in(stock))) order by stock.id)
    into repaired from part_lens.pms_inventory_stock stock
    where stock.yacht_id = yacht and stock.part_id = part.id and stock.quantity <> part_lens.held_in(stock);
  if repaired is not null then
    update part_lens.pms_inventory_stock stock set quantity = (row ->> 'total')::numeric, updated_at = now()
      from jsonb_array_elements(repaired) row
      where stock.yacht_id = yacht and stock.id = (row ->> 'stock_id')::uuid;
    insert into part_lens.pms_audit_log (
      yacht_id, action, actor, role, version, entity_type, entity_id, old_values, new_values, signature,
      execution_id, request_id
    ) values (
      yacht, 'repair_stock_cache', (scope ->> 'user_id')::uuid, 'operator', 'repair', 'part', part.id,
      jsonb_build_object('cached', jsonb_path_query_array(repaired, '$[*].cached')),
      jsonb_build_object('repaired', repaired, 'reason', payload ->> 'reason'),
      jsonb_build_object('method', 'operator', 'authorised_by', session_user, 'reason', payload ->> 'reason',
        'verified_at', clock_timestamp(),
        'payload_sha256', encode(sha256(convert_to(payload::text, 'UTF8')), 'hex')),
      execution, scope ->> 'request_id'
    );
  end if;
  return jsonb_build_object('yacht_id', yacht, 'part_id', part.id, 'execution_id', execution,
    'repaired', coalesce(repaired, '[]'));
end
$$;
