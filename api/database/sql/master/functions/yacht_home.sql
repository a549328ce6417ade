-- Where a yacht's rows are, for the migrator: { name, tenant, host, port, database }, null for no such yacht.
create or replace function part_lens.yacht_home(yacht_id uuid) returns jsonb
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object('name', yacht.name, 'tenant', tenant.id, 'host', tenant.host, 'port', tenant.port,
      'database', tenant.database)
    from part_lens.yachts yacht
    join part_lens.tenants tenant on tenant.id = yacht.tenant and tenant.retired_at is null
    where yacht.id = yacht_home.yacht_id and yacht.retired_at is null
$$;
