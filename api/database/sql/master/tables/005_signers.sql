-- Who may sign. The PIN is kept as an argon2id hash, the TOTP secret sealed with the signer key.
create table part_lens.signers (
  user_id uuid primary key references part_lens.users (id),
  pin_hash text not null,
  totp_sealed text not null,
  locked_until timestamptz,
  enrolled_at timestamptz not null default now()
);
