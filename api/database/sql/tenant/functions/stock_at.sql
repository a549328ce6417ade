-- The part's stock row at a place, null when there is none. PL003 when it is deactivated.
create or replace function part_lens.stock_at(part part_lens.pms_parts, place text)
  returns part_lens.pms_inventory_stock
language plpgsql volatile security invoker
as $$
declare
  stock part_lens.pms_inventory_stock;
begin
  select * into stock from part_lens.pms_inventory_stock
    where yacht_id = part.yacht_id and part_id = part.id and location = place;
  if stock.deleted_at is not null then
    raise exception using errcode = 'PL003', message = 'deactivated_stock';
  end if;
  return stock;
end
$$;
