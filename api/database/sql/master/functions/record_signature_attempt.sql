-- Counts a try: the fifth failure in 15 minutes locks the signer for 15 minutes, a success starts the count again.
-- Returns { locked_until }.
create or replace function part_lens.record_signature_attempt(user_id uuid, succeeded boolean) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  person constant uuid := record_signature_attempt.user_id;
  allowed_failures constant integer := 5;
  span constant interval := '15 minutes';
  failures integer;
  locked timestamptz;
begin
  -- One try of a person at a time, also of one who is not enrolled yet and confirms an enrolment.
  perform from part_lens.users where id = person for no key update;
  locked := part_lens.signer_lock(person);
  insert into part_lens.signature_attempts (user_id, succeeded)
    values (person, record_signature_attempt.succeeded);
  select count(*) into failures from part_lens.signature_attempts attempt
    where attempt.user_id = person and not attempt.succeeded and attempt.attempted_at > clock_timestamp() - span
      and not exists (
        select from part_lens.signature_attempts later
          where later.user_id = person and later.succeeded and later.id > attempt.id
      );
  if failures >= allowed_failures and not record_signature_attempt.succeeded then
    locked := clock_timestamp() + span;
    update part_lens.signers set locked_until = locked where user_id = person;
  end if;
  return jsonb_build_object('locked_until', case when locked > clock_timestamp() then locked end);
end
$$;
