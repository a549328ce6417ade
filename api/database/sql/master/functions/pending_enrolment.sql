-- The enrolment to be confirmed: { id, totp_sealed }, null when there is none.
create or replace function part_lens.pending_enrolment(user_id uuid) returns jsonb
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object('id', started.id, 'totp_sealed', started.totp_sealed)
    from part_lens.signer_enrolments started
    where started.user_id = pending_enrolment.user_id and started.expires_at > clock_timestamp()
$$;
