-- Until when a user may not sign, enrol or confirm; null when free. Who is not enrolled yet has no row to keep a lock
-- in: there it follows from the tries themselves, by the rule of record_signature_attempt.
create or replace function part_lens.signer_lock(person uuid) returns timestamptz
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  with failures as (
    select attempt.attempted_at, max(attempt.attempted_at) over () as last_at
      from part_lens.signature_attempts attempt
      where attempt.user_id = person and not attempt.succeeded and not exists (
        select from part_lens.signature_attempts later
          where later.user_id = person and later.succeeded and later.id > attempt.id
      )
  ), implied as (
    select max(last_at) + interval '15 minutes' as until
      from failures where attempted_at > last_at - interval '15 minutes'
      having count(*) >= 5
  ), known as (
    select locked_until as until from part_lens.signers where user_id = person
    union all
    select until from implied where not exists (select from part_lens.signers where user_id = person)
  )
  select max(until) from known where until > clock_timestamp()
$$;
