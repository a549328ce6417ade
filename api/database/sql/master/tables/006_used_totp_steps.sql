-- A TOTP step signs once.
create table part_lens.used_totp_steps (
  user_id uuid not null,
  step bigint not null,
  used_at timestamptz not null default now(),
  primary key (user_id, step)
);
