-- Stock rows whose cache is not the sum of their ledger. drift = |sum - cache| / max(|sum|, 1).
drop view if exists part_lens.ledger_mismatches;
create view part_lens.ledger_mismatches with (security_invoker = true) as
select stock.yacht_id, stock.part_id, stock.id as stock_id, stock.quantity as cached, ledger.total,
    abs(ledger.total - stock.quantity) / greatest(abs(ledger.total), 1) as drift
  from part_lens.pms_inventory_stock stock
  left join (
    select yacht_id, stock_id, sum(quantity_change) as total
      from part_lens.pms_inventory_transactions group by yacht_id, stock_id
  ) booked on booked.yacht_id = stock.yacht_id and booked.stock_id = stock.id
  cross join lateral (select coalesce(booked.total, 0) as total) ledger
  where ledger.total <> stock.quantity;
