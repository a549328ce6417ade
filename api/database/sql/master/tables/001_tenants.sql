-- Where each tenant's database is. Config is the authority: part_lens.sync_fleet brings this up to it.
create table part_lens.tenants (
  id text primary key check (id ~ '^[a-z][a-z0-9-]*$'),
  name text not null,
  cluster text not null,
  host text not null,
  port integer not null check (port between 1 and 65535),
  database text not null,
  retired_at timestamptz,
  updated_at timestamptz not null default now()
);
