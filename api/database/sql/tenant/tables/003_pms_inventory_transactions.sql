-- The ledger, append-only: functions/refuse_change.sql refuses every update and delete.
create table part_lens.pms_inventory_transactions (
  id uuid primary key default gen_random_uuid(),
  yacht_id uuid not null,
  part_id uuid not null,
  stock_id uuid not null,
  transaction_type text not null check (
    transaction_type in ('opening', 'receive', 'consume', 'adjust', 'write_off', 'transfer_in', 'transfer_out')
  ),
  quantity_change numeric not null check (
    case
      when transaction_type in ('opening', 'receive', 'transfer_in') then quantity_change > 0
      when transaction_type in ('consume', 'write_off', 'transfer_out') then quantity_change < 0
      else true
    end
  ),
  quantity_before numeric not null check (quantity_before >= 0),
  quantity_after numeric not null check (quantity_after >= 0),
  user_id uuid not null,
  transfer_id uuid,
  photo_storage_path text,
  -- What only this type of transaction has: supplier_id, invoice_number, reason, notes.
  details jsonb not null default '{}',
  request_id text,
  created_at timestamptz not null default clock_timestamp(),
  check (quantity_after = quantity_before + quantity_change),
  foreign key (yacht_id, part_id) references part_lens.pms_parts (yacht_id, id),
  foreign key (yacht_id, stock_id) references part_lens.pms_inventory_stock (yacht_id, id)
);

create index pms_inventory_transactions_sum on part_lens.pms_inventory_transactions (yacht_id, part_id)
  include (quantity_change, stock_id);
