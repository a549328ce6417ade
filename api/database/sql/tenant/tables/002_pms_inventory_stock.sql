-- One row per part and location. quantity is a cache of the ledger and never the authority: it has no check of its
-- own, so that a drift stays visible until it is reconciled.
create table part_lens.pms_inventory_stock (
  id uuid primary key default gen_random_uuid(),
  yacht_id uuid not null,
  part_id uuid not null,
  location text not null,
  quantity numeric not null default 0,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (yacht_id, part_id) references part_lens.pms_parts (yacht_id, id),
  unique (yacht_id, part_id, location),
  unique (yacht_id, id)
);
