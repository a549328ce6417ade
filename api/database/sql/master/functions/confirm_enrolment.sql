-- Makes the started enrolment the one that signs: once, however many ask together. The step of the code that
-- confirmed it is spent. False: it is gone, expired, overtaken by another one, or its user is locked out.
create or replace function part_lens.confirm_enrolment(user_id uuid, enrolment uuid, step bigint) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  person constant uuid := confirm_enrolment.user_id;
  started part_lens.signer_enrolments;
begin
  perform from part_lens.users where id = person for no key update;
  if part_lens.signer_lock(person) is not null then
    return false;
  end if;
  delete from part_lens.signer_enrolments
    where user_id = person and id = enrolment and expires_at > clock_timestamp()
      and replaces is not distinct from (select enrolled_at from part_lens.signers where user_id = person)
    returning * into started;
  if not found then
    return false;
  end if;
  insert into part_lens.signers (user_id, pin_hash, totp_sealed)
    values (person, started.pin_hash, started.totp_sealed)
    on conflict (user_id) do update set pin_hash = excluded.pin_hash, totp_sealed = excluded.totp_sealed,
      locked_until = null, enrolled_at = clock_timestamp();
  insert into part_lens.used_totp_steps (user_id, step) values (person, confirm_enrolment.step)
    on conflict do nothing;
  insert into part_lens.signature_attempts (user_id, succeeded) values (person, true);
  return true;
end
$$;
