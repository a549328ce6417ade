-- The canonical stock of a part: the sum of its ledger. security_invoker, or every yacht would see all of them.
drop view if exists part_lens.on_hand;
create view part_lens.on_hand with (security_invoker = true) as
select yacht_id, part_id, sum(quantity_change) as on_hand
  from part_lens.pms_inventory_transactions
  group by yacht_id, part_id;
