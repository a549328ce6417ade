-- What one stock row holds: the sum of its ledger. Volatile, so that a caller sees what it has just posted.
create or replace function part_lens.held_in(stock part_lens.pms_inventory_stock) returns numeric
language sql volatile security invoker
as $$
  select coalesce(sum(quantity_change), 0) from part_lens.pms_inventory_transactions
    where yacht_id = stock.yacht_id and part_id = stock.part_id and stock_id = stock.id
$$;
