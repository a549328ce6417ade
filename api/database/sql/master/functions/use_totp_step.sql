-- Spends a TOTP step; false when it was spent before. Called by itself, so that it is committed
-- at once and never given back.
create or replace function part_lens.use_totp_step(user_id uuid, step bigint) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  insert into part_lens.used_totp_steps (user_id, step) values (use_totp_step.user_id, use_totp_step.step)
    on conflict do nothing;
  return found;
end
$$;
