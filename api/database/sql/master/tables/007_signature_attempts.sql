create table part_lens.signature_attempts (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  succeeded boolean not null,
  attempted_at timestamptz not null default clock_timestamp()
);

create index signature_attempts_recent on part_lens.signature_attempts (user_id, attempted_at desc);
