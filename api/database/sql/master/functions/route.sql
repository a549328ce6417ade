-- Membership and placement in one call: { role, tenant, host, port, database }, null for who is no member.
create or replace function part_lens.route(user_id uuid, yacht_id uuid) returns jsonb
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object('role', member.role, 'tenant', tenant.id, 'host', tenant.host, 'port', tenant.port,
      'database', tenant.database)
    from part_lens.memberships member
    join part_lens.yachts yacht on yacht.id = member.yacht_id and yacht.retired_at is null
    join part_lens.tenants tenant on tenant.id = yacht.tenant and tenant.retired_at is null
    where member.user_id = route.user_id and member.yacht_id = route.yacht_id
$$;
