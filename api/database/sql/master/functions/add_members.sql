-- Makes users and their memberships, or changes a member's role: members = [{ user_id, yacht_id, role }].
-- Returns how many there were. Rows are taken in one order, so that two calls at once wait for each other.
create or replace function part_lens.add_members(members jsonb) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into part_lens.users (id)
    select distinct user_id from jsonb_to_recordset(members) as item(user_id uuid) order by user_id
    on conflict do nothing;
  insert into part_lens.memberships (user_id, yacht_id, role)
    select user_id, yacht_id, role from jsonb_to_recordset(members) as item(user_id uuid, yacht_id uuid, role text)
    order by user_id, yacht_id
    on conflict (user_id, yacht_id) do update set role = excluded.role, updated_at = now();
  return jsonb_array_length(members);
end
$$;
