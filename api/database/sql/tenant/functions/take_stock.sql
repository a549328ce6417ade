-- Takes a quantity from the part's stock, at its own location first, and returns the first ledger row's id.
-- PL002 with available and requested when there is less, PL003 when its stock is deactivated.
create or replace function part_lens.take_stock(
  scope jsonb, part part_lens.pms_parts, kind text, quantity numeric, details jsonb
) returns uuid
language plpgsql volatile security invoker
as $$
declare
  -- Only what is locked counts: a row that another action made meanwhile does not.
  locked constant uuid[] := array(select id from part_lens.lock_stock(part));
  stock record;
  remaining numeric := quantity;
  amount numeric;
  available numeric;
  new_id uuid;
  first_id uuid;
begin
  select coalesce(sum(quantity_change), 0) into available from part_lens.pms_inventory_transactions
    where yacht_id = part.yacht_id and part_id = part.id and stock_id = any(locked);
  if available < quantity then
    raise exception using errcode = 'PL002', message = 'insufficient_stock',
      detail = jsonb_build_object('available', trim_scale(available), 'requested', trim_scale(quantity))::text;
  end if;
  for stock in
    select place as row, coalesce(sum(ledger.quantity_change), 0) as held
      from part_lens.pms_inventory_stock place
      left join part_lens.pms_inventory_transactions ledger
        on ledger.yacht_id = place.yacht_id and ledger.part_id = place.part_id and ledger.stock_id = place.id
      where place.yacht_id = part.yacht_id and place.id = any(locked)
      group by place.id
      order by (place.location is not distinct from part.location) desc, place.id
  loop
    amount := least(remaining, stock.held);
    continue when amount <= 0;
    new_id := part_lens.post_transaction(scope, stock.row, kind, -amount, details);
    first_id := coalesce(first_id, new_id);
    remaining := remaining - amount;
  end loop;
  return first_id;
end
$$;
