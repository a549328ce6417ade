-- What is needed to verify a signature: { pin_hash, totp_sealed, locked_until }, null for who is not enrolled.
create or replace function part_lens.signer(user_id uuid) returns jsonb
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object('pin_hash', pin_hash, 'totp_sealed', totp_sealed,
      'locked_until', case when locked_until > clock_timestamp() then locked_until end)
    from part_lens.signers where signers.user_id = signer.user_id
$$;
