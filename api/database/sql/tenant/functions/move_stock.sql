-- Posts both halves of a transfer, out first. The part is locked whichever way its stock moves, so that two transfers
-- in opposite directions cannot deadlock; the row of the place it goes to exists already (ensure_stock). PL002 with
-- available and requested when the first place holds less, PL003 when one of the two is deactivated.
-- Returns { transaction_id (of the row out), transfer_id, from_level, to_level }.
create or replace function part_lens.move_stock(scope jsonb, part part_lens.pms_parts, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  -- Only what is locked counts: a row that another action made meanwhile does not.
  locked constant uuid[] := array(select id from part_lens.lock_stock(part));
  quantity constant numeric := (payload ->> 'quantity')::numeric;
  transfer constant uuid := gen_random_uuid();
  details constant jsonb := payload - '{part_id,quantity}'::text[] || jsonb_build_object('transfer_id', transfer);
  source part_lens.pms_inventory_stock;
  target part_lens.pms_inventory_stock;
  held numeric;
  out_id uuid;
begin
  source := part_lens.stock_at(part, payload ->> 'from_location');
  target := part_lens.stock_at(part, payload ->> 'to_location');
  held := case when source.id = any(locked) then part_lens.held_in(source) else 0 end;
  if held < quantity then
    raise exception using errcode = 'PL002', message = 'insufficient_stock',
      detail = jsonb_build_object('available', trim_scale(held), 'requested', trim_scale(quantity))::text;
  end if;
  out_id := part_lens.post_transaction(scope, source, 'transfer_out', -quantity, details);
  perform part_lens.post_transaction(scope, target, 'transfer_in', quantity, details);
  return jsonb_build_object('transaction_id', out_id, 'transfer_id', transfer,
    'from_level', trim_scale(held - quantity), 'to_level', trim_scale(part_lens.held_in(target)));
end
$$;
