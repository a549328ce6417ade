-- Every yacht and where its rows are: [{ yacht_id, tenant, host, port, database }]. For the jobs.
create or replace function part_lens.fleet_yachts() returns jsonb
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('yacht_id', yacht.id, 'tenant', tenant.id, 'host', tenant.host,
      'port', tenant.port, 'database', tenant.database) order by yacht.id), '[]')
    from part_lens.yachts yacht
    join part_lens.tenants tenant on tenant.id = yacht.tenant and tenant.retired_at is null
    where yacht.retired_at is null
$$;
