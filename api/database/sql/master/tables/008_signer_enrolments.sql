-- An enrolment that was started and not yet confirmed; a user has one at most. It goes when it is confirmed.
create table part_lens.signer_enrolments (
  user_id uuid primary key references part_lens.users (id),
  id uuid not null default gen_random_uuid(),
  pin_hash text not null,
  totp_sealed text not null,
  -- The enrolment that this one is to replace, by its time; null: the first. Another one in between ends this one.
  replaces timestamptz,
  expires_at timestamptz not null
);
