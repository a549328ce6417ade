create table part_lens.users (
  id uuid primary key,
  created_at timestamptz not null default now()
);
