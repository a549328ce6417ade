create table part_lens.yachts (
  id uuid primary key,
  name text not null,
  tenant text not null references part_lens.tenants (id),
  pilot boolean not null default false,
  hold_out boolean not null default false,
  retired_at timestamptz,
  updated_at timestamptz not null default now()
);
