-- One row per mutation, append-only, in one chain of hashes per yacht: functions/chain_audit.sql sets sequence,
-- time and hashes. signature is {} for unsigned actions and the evidence for signed ones.
create table part_lens.pms_audit_log (
  yacht_id uuid not null,
  sequence bigint not null,
  happened_at timestamptz not null,
  action text not null,
  actor uuid not null,
  role text not null,
  version text not null check (version in ('v1', 'v2', 'import')),
  entity_type text not null,
  entity_id uuid not null,
  old_values jsonb not null default '{}',
  new_values jsonb not null default '{}',
  signature jsonb not null default '{}' check (jsonb_typeof(signature) = 'object'),
  execution_id uuid not null,
  request_id text,
  previous_hash text not null,
  hash text not null,
  primary key (yacht_id, sequence)
);
