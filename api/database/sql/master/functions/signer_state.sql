-- What a user may know of the own enrolment: { enrolled, pending, locked_until }, null for a member of no yacht.
create or replace function part_lens.signer_state(user_id uuid) returns jsonb
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
      'enrolled', exists (select from part_lens.signers signer where signer.user_id = signer_state.user_id),
      'pending', exists (
        select from part_lens.signer_enrolments started
          where started.user_id = signer_state.user_id and started.expires_at > clock_timestamp()
      ),
      'locked_until', part_lens.signer_lock(signer_state.user_id))
    where exists (
      select from part_lens.memberships member
        join part_lens.yachts yacht on yacht.id = member.yacht_id and yacht.retired_at is null
        where member.user_id = signer_state.user_id
    )
$$;
