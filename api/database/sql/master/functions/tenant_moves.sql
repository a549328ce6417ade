-- Every move that is planned, under way, or done with the old database kept:
-- [{ tenant, state, changed_at, age_seconds, from, to }], from and to: { cluster, host, port, database }.
create or replace function part_lens.tenant_moves() returns jsonb
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('tenant', tenant, 'state', state, 'changed_at', changed_at,
      'age_seconds', extract(epoch from clock_timestamp() - changed_at)::float8,
      'from', jsonb_build_object('cluster', from_cluster, 'host', from_host, 'port', from_port,
        'database', from_database),
      'to', jsonb_build_object('cluster', to_cluster, 'host', to_host, 'port', to_port, 'database', to_database))
      order by tenant), '[]')
    from part_lens.tenant_moves
$$;
