-- Adds to the part's stock at a place that ensure_stock gave, and returns the ledger row's id.
-- PL003 when the stock there is deactivated.
create or replace function part_lens.add_stock(
  scope jsonb, part part_lens.pms_parts, place text, kind text, change numeric, details jsonb
) returns uuid
language plpgsql volatile security invoker
as $$
declare
  stock part_lens.pms_inventory_stock;
begin
  perform part_lens.lock_stock(part);
  select * into strict stock from part_lens.pms_inventory_stock
    where yacht_id = part.yacht_id and part_id = part.id and location = place;
  if stock.deleted_at is not null then
    raise exception using errcode = 'PL003', message = 'deactivated_stock';
  end if;
  return part_lens.post_transaction(scope, stock, kind, change, details);
end
$$;
