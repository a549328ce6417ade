-- The catalogue. external_id is the part's id in the PMS it was imported from.
create table part_lens.pms_parts (
  id uuid primary key default gen_random_uuid(),
  yacht_id uuid not null,
  external_id text not null check (external_id <> ''),
  name text not null check (name <> ''),
  part_number text,
  manufacturer text,
  category text,
  department text,
  unit text not null default 'ea',
  min_level numeric not null default 0 check (min_level >= 0),
  reorder_multiple numeric not null default 1 check (reorder_multiple > 0),
  is_critical boolean not null default false,
  location text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (yacht_id, external_id),
  unique (yacht_id, id)
);
