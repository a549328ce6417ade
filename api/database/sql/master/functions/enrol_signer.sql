-- Gives a user a PIN hash and a sealed TOTP secret, and lifts a lock.
create or replace function part_lens.enrol_signer(user_id uuid, pin_hash text, totp_sealed text) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into part_lens.signers as known (user_id, pin_hash, totp_sealed)
    values (enrol_signer.user_id, enrol_signer.pin_hash, enrol_signer.totp_sealed)
    on conflict (user_id) do update set pin_hash = excluded.pin_hash, totp_sealed = excluded.totp_sealed,
      locked_until = null, enrolled_at = now()
$$;
