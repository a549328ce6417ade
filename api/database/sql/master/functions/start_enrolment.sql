-- Keeps a PIN hash and a sealed TOTP secret until they are confirmed, for 15 minutes; an earlier start is forgotten.
-- Who is enrolled already must have signed with what is to be replaced. Returns { id, expires_at }, null when that
-- signature is missing.
create or replace function part_lens.start_enrolment(
  user_id uuid, pin_hash text, totp_sealed text, signed boolean
) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  person constant uuid := start_enrolment.user_id;
  enrolled timestamptz;
  started part_lens.signer_enrolments;
begin
  perform from part_lens.users where id = person for no key update;
  select enrolled_at into enrolled from part_lens.signers where user_id = person;
  if enrolled is not null and not start_enrolment.signed then
    return null;
  end if;
  delete from part_lens.signer_enrolments where user_id = person;
  insert into part_lens.signer_enrolments (user_id, pin_hash, totp_sealed, replaces, expires_at)
    values (
      person, start_enrolment.pin_hash, start_enrolment.totp_sealed, enrolled,
      clock_timestamp() + interval '15 minutes'
    )
    returning * into started;
  return jsonb_build_object('id', started.id, 'expires_at', started.expires_at);
end
$$;
