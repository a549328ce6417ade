-- What a consumption was for.
create table part_lens.pms_part_usage (
  id uuid primary key default gen_random_uuid(),
  yacht_id uuid not null,
  part_id uuid not null,
  transaction_id uuid not null references part_lens.pms_inventory_transactions (id),
  quantity numeric not null check (quantity > 0),
  work_order_id text,
  notes text,
  used_by uuid not null,
  used_at timestamptz not null default now(),
  foreign key (yacht_id, part_id) references part_lens.pms_parts (yacht_id, id)
);
