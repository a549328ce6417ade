-- Writes one ledger row and moves the cache with it. The stock row must be locked by the caller.
-- The cache is moved, not set: a drift stays visible until it is reconciled.
create or replace function part_lens.post_transaction(
  scope jsonb, stock part_lens.pms_inventory_stock, kind text, change numeric, details jsonb
) returns uuid
language plpgsql volatile security invoker
as $$
declare
  before numeric;
  new_id uuid;
begin
  select coalesce(sum(quantity_change), 0) into before from part_lens.pms_inventory_transactions
    where yacht_id = stock.yacht_id and part_id = stock.part_id and stock_id = stock.id;
  insert into part_lens.pms_inventory_transactions (
    yacht_id, part_id, stock_id, transaction_type, quantity_change, quantity_before, quantity_after, user_id,
    transfer_id, photo_storage_path, details, request_id
  ) values (
    stock.yacht_id, stock.part_id, stock.id, kind, change, before, before + change, (scope ->> 'user_id')::uuid,
    (details ->> 'transfer_id')::uuid, details ->> 'photo_storage_path',
    jsonb_strip_nulls(details - '{transfer_id,photo_storage_path}'::text[]), scope ->> 'request_id'
  ) returning id into new_id;
  update part_lens.pms_inventory_stock set quantity = quantity + change, updated_at = now()
    where yacht_id = stock.yacht_id and id = stock.id;
  return new_id;
end
$$;
