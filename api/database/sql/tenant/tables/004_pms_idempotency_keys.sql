-- Written in the action's own transaction: a key without a result is never seen by anybody else.
create table part_lens.pms_idempotency_keys (
  yacht_id uuid not null,
  key text not null check (key <> ''),
  actor uuid not null,
  action text not null,
  payload_sha256 text not null,
  status text not null default 'running' check (status in ('running', 'done')),
  result jsonb,
  created_at timestamptz not null default now(),
  primary key (yacht_id, key)
);
