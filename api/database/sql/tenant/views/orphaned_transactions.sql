-- Ledger rows whose part or stock row is missing. The foreign keys forbid them; this looks whether they held.
drop view if exists part_lens.orphaned_transactions;
create view part_lens.orphaned_transactions with (security_invoker = true) as
select ledger.yacht_id, ledger.id as transaction_id, ledger.part_id, ledger.stock_id, ledger.created_at
  from part_lens.pms_inventory_transactions ledger
  where not exists (
      select from part_lens.pms_parts part where part.yacht_id = ledger.yacht_id and part.id = ledger.part_id
    )
    or not exists (
      select from part_lens.pms_inventory_stock stock
        where stock.yacht_id = ledger.yacht_id and stock.id = ledger.stock_id and stock.part_id = ledger.part_id
    );
