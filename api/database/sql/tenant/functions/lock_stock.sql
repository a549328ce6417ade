-- Locks the part and its stock rows, all of them in one order, and returns the ones in use. The rows too, for who
-- writes to them without the part's lock: an operator, and a function of the version before lock_part.
-- PL003 when the part has stock rows and none is in use.
create or replace function part_lens.lock_stock(part part_lens.pms_parts) returns setof part_lens.pms_inventory_stock
language plpgsql volatile security invoker
as $$
declare
  stock part_lens.pms_inventory_stock;
  seen boolean := false;
  in_use boolean := false;
begin
  perform part_lens.lock_part(part);
  for stock in
    select * from part_lens.pms_inventory_stock
      where yacht_id = part.yacht_id and part_id = part.id order by id for update
  loop
    seen := true;
    if stock.deleted_at is null then
      in_use := true;
      return next stock;
    end if;
  end loop;
  if seen and not in_use then
    raise exception using errcode = 'PL003', message = 'deactivated_stock';
  end if;
end
$$;
