create table part_lens.pms_shopping_list_items (
  id uuid primary key default gen_random_uuid(),
  yacht_id uuid not null,
  part_id uuid not null,
  quantity_requested numeric not null check (quantity_requested > 0),
  urgency text not null default 'normal' check (urgency in ('low', 'normal', 'high', 'critical')),
  status text not null default 'open' check (status in ('open', 'ordered', 'received', 'cancelled')),
  requested_by uuid not null,
  created_at timestamptz not null default now(),
  foreign key (yacht_id, part_id) references part_lens.pms_parts (yacht_id, id)
);
