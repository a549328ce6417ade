-- The canonical quantity of one part: the sum of its ledger.
create or replace function part_lens.on_hand_of(part part_lens.pms_parts) returns numeric
language sql stable security invoker
as $$
  select coalesce(sum(quantity_change), 0) from part_lens.pms_inventory_transactions
    where yacht_id = part.yacht_id and part_id = part.id
$$;
