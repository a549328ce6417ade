-- Every tenant's database: [{ tenant, host, port, database }].
create or replace function part_lens.tenants() returns jsonb
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('tenant', id, 'host', host, 'port', port, 'database', database)
      order by id), '[]')
    from part_lens.tenants where retired_at is null
$$;
