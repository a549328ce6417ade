-- A tenant's way from one database to another. planned: the config wants it there; moving: writes are stopped and rows
-- are copied; switched: requests are routed there, writes are still stopped; moved: all done, the old database is kept.
create table part_lens.tenant_moves (
  tenant text primary key references part_lens.tenants (id),
  state text not null default 'planned' check (state in ('planned', 'moving', 'switched', 'moved')),
  from_cluster text not null,
  from_host text not null,
  from_port integer not null,
  from_database text not null,
  to_cluster text not null,
  to_host text not null,
  to_port integer not null,
  to_database text not null,
  changed_at timestamptz not null default now()
);
